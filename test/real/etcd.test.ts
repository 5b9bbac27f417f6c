import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createEtcdClient } from "../../server/outputs/etcd/client.ts";
import { documentKey } from "../../server/outputs/etcd/document-value.ts";
import { watchDocument } from "../../server/outputs/etcd/watch-document.ts";
import type { Written } from "../../server/outputs/writer.ts";
import { openRelay } from "../support/network/relay.ts";
import { type Etcd, etcdMissing, startEtcd } from "../support/real/etcd.ts";
import { failure, one, only, prefix, read, two, url, writerTo } from "../support/real/etcd-writer.ts";
import { titled } from "../support/real/parts.ts";
import { fleet } from "../support/real/written.ts";
import { until } from "../support/until.ts";

const missing = await etcdMissing();
describe.skipIf(missing)(titled("writers of one etcd", missing), () => {
  let etcd: Etcd;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd?.down());

  test("a prefix that holds keys which are not rollcall's is left as it is, until they are gone", async () => {
    await etcd.ctl("put", "traefik/http/routers/other/rule", "Host(`other`)");
    const writer = writerTo(etcd);
    expect(await failure(writer.put(one))).toBe(
      "traefik/ holds keys that are not rollcall's (1), such as traefik/http/routers/other/rule: remove them (etcdctl del --prefix traefik/) or choose another prefix",
    );
    expect(await etcd.ctl("get", "--prefix", "traefik/", "--keys-only")).toBe("traefik/http/routers/other/rule\n\n");
    await etcd.ctl("del", "--prefix", "traefik/");
    expect(await writer.put(one)).toEqual({ warnings: [], repaired: undefined });
    expect(await read(etcd, url)).toBe("http://127.0.0.1:1");
    await writer.close();
  });

  test("a change is one transaction, and writes only what differs; without one nothing is written", async () => {
    const writer = writerTo(etcd);
    await writer.put(one);
    const revision = async () =>
      Number(/"Revision" : (\d+)|"revision":(\d+)/.exec(await etcd.ctl("get", "x", "-w", "json"))?.[2]);
    const before = await revision();
    await writer.put(two);
    expect(await revision()).toBe(before + 1);
    await writer.put(two);
    await writer.look(two);
    expect(await revision()).toBe(before + 1);
    await writer.close();
  });

  test("what somebody else changes, adds or deletes under the prefix is repaired; other keys are never touched", async () => {
    const writer = writerTo(etcd);
    await writer.put(one);
    await etcd.ctl("put", "traefik2/http/routers/x/rule", "theirs");
    await etcd.ctl("put", "traefik", "theirs");
    await etcd.ctl("put", url, "http://127.0.0.1:9");
    await etcd.ctl("put", "traefik/http/routers/foreign/rule", "x");
    const repaired = { warnings: [], repaired: expect.stringContaining("were not those that were last written") };
    // Without looking first, too: the transaction doesn't hold.
    expect(await writer.put(two)).toEqual(repaired);
    expect(await read(etcd, url)).toBe("http://127.0.0.1:2");
    expect(await read(etcd, "traefik/http/routers/foreign/rule")).toBe("");
    await etcd.ctl("del", url);
    expect(await writer.look(two)).toEqual(repaired);
    expect(await read(etcd, url)).toBe("http://127.0.0.1:2");
    expect(await read(etcd, "traefik2/http/routers/x/rule")).toBe("theirs");
    expect(await read(etcd, "traefik")).toBe("theirs");
    await writer.close();
  });

  test("one server writes and the others stand by, until its lease ends or it is stopped", async () => {
    const [a, b] = [writerTo(etcd, "a"), writerTo(etcd, "b")];
    await a.put(one);
    expect((await b.put(one)).standby).toBe("a writes it, at present the same document");
    expect((await b.put(two)).standby).toContain("a writes it, at present another document, ");
    expect(await read(etcd, url)).toBe("http://127.0.0.1:1");
    await a.close();
    expect((await b.put(two)).standby).toBeUndefined();
    expect(await read(etcd, url)).toBe("http://127.0.0.1:2");
    await b.close();
  });

  test("a writer to which no answer has said that it has the turn goes on with it at once", async () => {
    const relay = await openRelay();
    relay.to(new URL(etcd.endpoints[0] ?? "").host);
    relay.loseAnswersTo("request_put");
    const writer = writerTo({ endpoints: [`http://${relay.address}`] }, "a", 120);
    onTestFinished(async () => {
      await writer.close();
      await relay[Symbol.asyncDispose]();
    });
    expect(await failure(writer.put(one))).toContain("no whole answer within 4 s");
    relay.loseAnswersTo("nothing that is ever sent");
    expect(await writer.put(two)).toEqual({ warnings: [], repaired: undefined });
    expect(await read(etcd, url)).toBe("http://127.0.0.1:2");
  });

  test("a writer that is paused past its lease, between or in the middle of its writes: another takes over, and the late write changes nothing", async () => {
    const script = new URL("../support/real/paused-writer.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, ["--import", "tsx", script, etcd.endpoints[0] ?? "", "paused"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    try {
      await until("it writes", () => lines.at(-1)?.startsWith("written"));
      child.kill("SIGSTOP");
      const writer = writerTo(etcd, "b");
      expect((await writer.put(one)).standby).toContain("paused writes it");
      await until("the lease has ended", async () => (await writer.put(two)).standby === undefined);
      const before = await etcd.ctl("get", "--prefix", "traefik/");
      child.kill("SIGCONT");
      await until("it stands by", () => lines.at(-1)?.startsWith("b writes it"));
      expect(await etcd.ctl("get", "--prefix", "traefik/")).toBe(before);
      expect(
        lines
          .slice(lines.findIndex((line) => line.startsWith("b writes it")))
          .some((line) => line.startsWith("written")),
      ).toBe(false);
      await writer.close();
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("a follower gets each document verified, also after etcd was killed and is back", async () => {
    const writer = writerTo(etcd);
    await writer.put(one);
    const stop = new AbortController();
    const got: string[] = [];
    const problems: (string | undefined)[] = [];
    const following = watchDocument(only(etcd), {
      prefix,
      signal: stop.signal,
      onDocument: ({ version, body }) => got.push(`${version} ${body}`),
      onProblem: (problem) => problems.push(problem),
    });
    const last = ({ version, body }: Written) => until("the document", () => got.at(-1) === `${version} ${body}`);
    await last(one);
    await writer.put(two);
    await last(two);
    await etcd.act("kill", 1);
    await until("the problem", () => problems.at(-1)?.includes("nothing listens there: does etcd run?"));
    expect(await failure(writer.put(one))).toBe(`${etcd.endpoints[0]}: nothing listens there: does etcd run?`);
    await etcd.act("start", 1);
    // Its lease may have ended with the connection: then it stands by until the key of the former one is gone.
    await until("it is written", async () => {
      const report = await writer.look(one)?.catch(() => undefined);
      return report !== undefined && report.standby === undefined;
    });
    await last(one);
    expect(problems.at(-1)).toBeUndefined();
    const large = "too large for etcd";
    await etcd.ctl("put", documentKey(prefix), `${"0".repeat(64)} none\n`);
    await until("one that does not fit is said", () => problems.at(-1)?.includes(large));
    const said = problems.length;
    await until("it has looked again", () => problems.length > said + 1);
    expect(problems.slice(said).every((problem) => problem?.includes(large))).toBe(true);
    expect(got.at(-1)).toBe(`${one.version} ${one.body}`);
    await writer.look(two);
    await last(two);
    await until("the problem is over", () => problems.at(-1) === undefined);
    stop.abort();
    await following;
    await writer.close();
  });
});

describe.skipIf(missing)(titled("an etcd of three members", missing), () => {
  let etcd: Etcd;
  beforeAll(async () => {
    etcd = await startEtcd(3);
  });
  afterAll(() => etcd?.down());

  test("changes go on while any one of the members hangs or is dead", async () => {
    const writer = writerTo(etcd);
    let changes = 0;
    for (const [verb, back] of [
      ["stop", "cont"],
      ["kill", "start"],
    ] as const)
      for (const member of [1, 2, 3]) {
        await etcd.act(verb, member);
        const change = fleet(["web"], 1, [`127.0.0.1:${++changes}`]);
        await until("it is written", async () => (await failure(writer.look(change))) === "nothing failed");
        await etcd.act(back, member);
        await until(
          "the member is back",
          async () => (await failure(etcd.ctl("endpoint", "health"))) === "nothing failed",
        );
        expect(await read(etcd, url)).toBe(`http://127.0.0.1:${changes}`);
      }
    await writer.close();
  }, 180_000);

  test("most of the members dead: the sentence says so", async () => {
    const client = createEtcdClient({ endpoints: [etcd.endpoints[0] as string] });
    await etcd.act("stop", 2);
    await etcd.act("stop", 3);
    expect(await failure(client.txn([], [{ range: { key: "x" } }]))).toMatch(
      /no whole answer within 4 s: does it hang|do most of the cluster's members run/,
    );
    client.close();
  });

  test("a writer that is stopped while etcd hangs ends at once", async () => {
    const writer = writerTo({ endpoints: [etcd.endpoints[1] as string] });
    const stop = new AbortController();
    const began = performance.now();
    const writing = failure(writer.write(one, stop.signal));
    stop.abort();
    expect(await writing).not.toBe("nothing failed");
    await writer.close();
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
