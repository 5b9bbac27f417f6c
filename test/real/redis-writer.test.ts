import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { redisRule } from "../../server/outputs/redis/redis-words.ts";
import { createRedisWriter } from "../../server/outputs/redis/redis-writer.ts";
import type { Writer, Written } from "../../server/outputs/writer.ts";
import { titled } from "../support/real/parts.ts";
import { missingRedis, type RealRedis, startRedis } from "../support/real/redis.ts";

/** What the Redis writer does on a real Redis: what it writes, whom it gives way to, and what it says of a Redis that can't be written. */

const missing = await missingRedis();
const never = new AbortController().signal;

/** A document whose keys are given as they are. */
function documentOf(keys: Readonly<Record<string, string>>): Written {
  return { version: "v", body: Buffer.alloc(0), document: { keys } };
}
const service = (name: string) => `traefik/http/services/${name}/loadBalancer/servers/00/url`;
const one = { [service("one")]: "http://10.0.0.1" };
const two = { ...one, [service("two")]: "http://10.0.0.2" };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function redisOf(options: Parameters<typeof startRedis>[0] = {}): Promise<RealRedis> {
  const redis = await startRedis(options);
  closing.push(() => redis.remove());
  return redis;
}

type Settings = Partial<Parameters<typeof createRedisWriter>[0]>;
function writerOf(redis: string, settings: Settings = {}): Writer {
  const writer = createRedisWriter({ redis, prefix: "traefik", ...settings }, ({ document }) => ({
    keys: new Map(Object.entries(document.keys as Record<string, string>)),
    warnings: [],
  }));
  closing.push(() => writer.close());
  return writer;
}

/** A directory with one file, only for this user. */
function fileOf(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-redis-file-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "file");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** The sentence with which a write fails. */
async function refusal(writer: Writer, keys: Readonly<Record<string, string>> = one): Promise<string> {
  return writer.write(documentOf(keys), never).then(
    (report) => `it did not fail: ${JSON.stringify(report)}`,
    (error: Error) => error.message,
  );
}

describe.skipIf(missing)(titled("the keys", missing), () => {
  test("a change is one transaction with only the keys that differ, and removals are part of it", async () => {
    const redis = await redisOf();
    await redis.cli("set", "traefik2/http/x", "another's");
    const writer = writerOf(redis.url);
    await writer.write(documentOf(two), never);
    expect(await redis.tree()).toEqual(two);
    await redis.cli("config", "resetstat");
    await writer.write(
      documentOf({ [service("two")]: "http://10.0.0.2", [service("three")]: "http://10.0.0.3" }),
      never,
    );
    expect(await redis.tree()).toEqual({ [service("two")]: "http://10.0.0.2", [service("three")]: "http://10.0.0.3" });
    const calls = await redis.cli("info", "commandstats");
    expect(calls).toContain("cmdstat_exec:calls=1,");
    expect(calls).toContain("cmdstat_mset:calls=1,");
    expect(calls).toContain("cmdstat_del:calls=1,");
    expect(await redis.cli("get", "traefik2/http/x")).toBe("another's");
  });

  test("a writer that keeps its lock and its connection writes nothing where nothing changed", async () => {
    const redis = await redisOf();
    const writer = writerOf(redis.url);
    await writer.write(documentOf(two), never);
    await redis.cli("config", "resetstat");
    expect(await writer.write(documentOf(two), never)).toMatchObject({ warnings: [], again: 5000 });
    const calls = await redis.cli("info", "commandstats");
    expect(calls).not.toMatch(/cmdstat_(mset|del|scan)/);
  });

  test("what somebody else changed is put right by a check, which says how much it was", async () => {
    const redis = await redisOf();
    const writer = writerOf(redis.url);
    await writer.write(documentOf(two), never);
    await redis.cli("set", service("one"), "http://10.9.9.9");
    await redis.cli("del", service("two"));
    await redis.cli("rpush", "traefik/http/services/three", "a list");
    const { repaired } = (await writer.check?.(documentOf(two), never)) ?? {};
    expect(repaired).toBe(`${redis.url}: 3 keys under traefik/ were missing or changed by somebody else`);
    expect(await redis.tree()).toEqual(two);
  });

  test("a Redis that comes back empty is filled again in one transaction", async () => {
    const redis = await redisOf();
    const writer = writerOf(redis.url);
    await writer.write(documentOf(two), never);
    await redis.kill();
    expect(await refusal(writer)).toMatch(/^(nothing listens at|.*closes the connection)/);
    await redis.start({ empty: true });
    expect((await writer.write(documentOf(two), never)).repaired).toContain("2 keys under traefik/ were missing");
    expect(await redis.tree()).toEqual(two);
    expect(await redis.cli("info", "commandstats")).toContain("cmdstat_exec:calls=1,");
  });

  test("keys under the prefix that are not rollcall's are never changed nor removed", async () => {
    const redis = await redisOf();
    await redis.cli("set", "traefik/http/routers/mine/rule", "Host(`mine`)");
    expect(await refusal(writerOf(redis.url))).toBe(
      `${redis.url}: traefik/ holds keys that are not rollcall's, such as traefik/http/routers/mine/rule: remove them, or choose another prefix`,
    );
    expect(Object.keys(await redis.tree())).toEqual(["traefik/http/routers/mine/rule"]);
  });

  test("from 1,000 keys on etcd is advised", async () => {
    const redis = await redisOf();
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [service(`s${n}`), "http://10.0.0.1"]));
    const writer = writerOf(redis.url);
    const { warnings } = await writer.write(documentOf(many), never);
    expect(warnings.join()).toContain("1000 keys: for each that changes Traefik lists all of them again");
    const [first = ""] = Object.keys(many);
    const { [first]: _, ...fewer } = many;
    expect(await writer.write(documentOf(fewer), never)).toMatchObject({ warnings: [] });
    expect(await redis.cli("dbsize")).toBe(String(999 + 2));
  });
});

describe.skipIf(missing)(titled("two writers", missing), () => {
  const lock = "rollcall:writer:traefik";

  test("the second one stands by and writes nothing; it takes over at once when the first one closes", async () => {
    const redis = await redisOf();
    const [first, second] = [writerOf(redis.url), writerOf(redis.url)];
    await first.write(documentOf(one), never);
    const { standby } = await second.write(documentOf(two), never);
    expect(standby).toMatch(/^another rollcall, on \S+, writes there$/);
    expect(await redis.tree()).toEqual(one);
    await first.close();
    expect((await second.write(documentOf(two), never)).standby).toBeUndefined();
    expect(await redis.tree()).toEqual(two);
  });

  test("the lock of one that has fallen silent ends after 15 s", async () => {
    const redis = await redisOf();
    await writerOf(redis.url).write(documentOf(one), never);
    const left = Number(await redis.cli("pttl", lock));
    expect(left).toBeGreaterThan(5000);
    expect(left).toBeLessThanOrEqual(15_000);
  });

  test("a writer that was paused until another took over changes nothing, and stands by", async () => {
    const redis = await redisOf();
    const [first, second] = [writerOf(redis.url), writerOf(redis.url)];
    await first.write(documentOf(one), never);
    await redis.cli("del", lock);
    await second.write(documentOf(two), never);
    const late = await first.write(documentOf({ [service("late")]: "http://10.0.0.9" }), never);
    expect(late.standby).toContain("another rollcall");
    expect(await redis.tree()).toEqual(two);
  });
});

describe.skipIf(missing)(titled("the events", missing), () => {
  test("a Redis that tells Traefik nothing is a warning with the cure, and one that tells again has a key written again", async () => {
    const redis = await redisOf({ flags: ["--notify-keyspace-events", ""] });
    const writer = writerOf(redis.url);
    const { warnings } = await writer.write(documentOf(one), never);
    expect(warnings).toEqual([
      'notify-keyspace-events is "", so Traefik hears of no change: CONFIG SET notify-keyspace-events KA, and write it into redis.conf',
    ]);
    await redis.cli("config", "set", "notify-keyspace-events", "Kg$x");
    await redis.cli("config", "resetstat");
    expect((await writer.write(documentOf(one), never)).warnings).toEqual([]);
    expect(await redis.cli("info", "commandstats")).toContain("cmdstat_mset:calls=1,");
  });
});

describe.skipIf(missing)(titled("what is wrong has a sentence of its own", missing), () => {
  test("a password", async () => {
    const redis = await redisOf({ flags: ["--requirepass", "correct horse"], connect: ["-a", "correct horse"] });
    expect(await refusal(writerOf(redis.url))).toBe(
      `${redis.url} wants a password: name the file that holds it with password`,
    );
    expect(await refusal(writerOf(redis.url, { password: fileOf("wrong secret\n") }))).toBe(
      `${redis.url} refuses the password, or has no such user: see username and the file of password`,
    );
    await writerOf(redis.url, { password: fileOf("correct horse\n") }).write(documentOf(one), never);
    expect(await redis.tree()).toEqual(one);
  });

  test("a password where none is set", async () => {
    const redis = await redisOf();
    expect(await refusal(writerOf(redis.url, { password: fileOf("secret") }))).toBe(
      `${redis.url} has no password for this user: remove password, or set one there`,
    );
  });

  test("a user that may too little; the rule in the message allows all that is needed", async () => {
    const redis = await redisOf();
    const rule = redisRule.replaceAll("PREFIX", "traefik");
    await redis.cli("acl", "setuser", "rollcall", "on", ">secret", ...rule.split(" "));
    const as = { username: "rollcall", password: fileOf("secret") };
    const { warnings } = await writerOf(redis.url, as).write(documentOf(one), never);
    expect(warnings.join()).toContain("notify-keyspace-events can't be read by this user");
    expect(await redis.tree()).toEqual(one);
    await redis.cli("acl", "setuser", "rollcall", "+config|get");
    await redis.cli("del", "rollcall:writer:traefik");
    expect(await writerOf(redis.url, as).write(documentOf(one), never)).toMatchObject({ warnings: [] });
    await redis.cli("del", "rollcall:writer:traefik");
    await redis.cli("acl", "setuser", "rollcall", "-mset");
    expect(await refusal(writerOf(redis.url, as), two)).toBe(
      `${redis.url} does not allow its user mset: ACL SETUSER USER ${redisRule}`,
    );
    await redis.cli("acl", "setuser", "rollcall", "+mset", "resetkeys", "~rollcall:*:traefik");
    expect(await refusal(writerOf(redis.url, as), two)).toContain("does not allow its user this key");
  });

  test("no memory, a replica, no such database", async () => {
    const redis = await redisOf();
    await redis.cli("config", "set", "maxmemory", "1");
    expect(await refusal(writerOf(redis.url))).toContain(`${redis.url} is out of memory: raise maxmemory`);
    await redis.cli("config", "set", "maxmemory", "0");
    expect(await refusal(writerOf(`${redis.url}/99`))).toContain("has no such database");
    const other = await redisOf();
    await other.cli("replicaof", "127.0.0.1", String(redis.port));
    expect(await refusal(writerOf(other.url))).toMatch(/is a read-only replica: name the primary|still loading/);
  });

  test("nobody listens, and what listens is no Redis", async () => {
    const redis = await redisOf();
    const writer = writerOf(redis.url);
    await redis.kill();
    expect(await refusal(writer)).toBe(`nothing listens at ${redis.url}: start Redis, or correct the address`);
    await using server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await refusal(writerOf(`redis://127.0.0.1:${port}`))).toMatch(/is not Redis|closes the connection/);
  });

  test("one that hangs; after that it is written again", async () => {
    const redis = await redisOf();
    const [idle, fresh] = [writerOf(redis.url), writerOf(redis.url)];
    await idle.write(documentOf(one), never);
    redis.signal("SIGSTOP");
    expect(await Promise.all([refusal(idle, two), refusal(fresh)])).toEqual([
      `${redis.url} does not answer within 5 s: Redis or its machine hangs, or a firewall is in between`,
      `${redis.url} does not answer within 5 s: Redis or its machine hangs, or a firewall is in between`,
    ]);
    redis.signal("SIGCONT");
    await idle.write(documentOf(two), never);
    expect(await redis.tree()).toEqual(two);
  });
});
