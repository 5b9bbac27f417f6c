import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { writerKey } from "../../server/outputs/etcd/document-value.ts";
import { rollcall } from "../support/cli/cli.ts";
import { runHere } from "../support/cli/run-here.ts";
import { openRelay } from "../support/network/relay.ts";
import { type Etcd, etcdMissing, startEtcd } from "../support/real/etcd.ts";
import { titled } from "../support/real/parts.ts";
import { missingRedis, type RealRedis, startRedis } from "../support/real/redis.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

/** `rollcall export` on a real etcd and a real Redis, which a running server may write too. */

const house = useHouse();
const missing = (await etcdMissing()) ?? (await missingRedis());
/** One of it can't be keys. */
const middleware = `http:\n  middlewares:\n    plain: { stripPrefix: { prefixes: [/a] } }\n    "123": { stripPrefix: { prefixes: [/b] } }\n`;

describe.skipIf(missing)(titled("rollcall export", missing), { timeout: 60_000 }, () => {
  let etcd: Etcd;
  let redis: RealRedis;
  beforeAll(async () => {
    [etcd, redis] = await Promise.all([startEtcd(), startRedis()]);
  });
  afterAll(async () => {
    await Promise.all([etcd?.down(), redis?.remove()]);
  });
  /** By the name of a kind: how the store is written to outputs, and the keys that it has. */
  const stores = {
    etcd: () => ({
      output: { etcd: etcd.endpoints },
      keys: async () => (await etcd.ctl("get", "--prefix", "traefik/", "--keys-only")).split("\n").filter(Boolean),
      holder: new RegExp(`^${hostname()} \\(process ${process.pid}\\) writes it, at present another document`),
      through: (address: string) => ({ etcd: [`http://${address}`] }),
      address: new URL(etcd.endpoints[0] ?? "").host,
      /** What the request has that takes the turn, and what is there while somebody has it. */
      takes: "request_put",
      turn: () => etcd.ctl("get", writerKey("traefik"), "--print-value-only"),
    }),
    redis: () => ({
      output: { redis: redis.url },
      keys: async () => (await redis.cli("--scan", "--pattern", "traefik/*")).split("\n").filter(Boolean),
      holder: new RegExp(`^another rollcall, on ${hostname()}, writes there`),
      through: (address: string) => ({ redis: `redis://${address}` }),
      address: new URL(redis.url).host,
      takes: "exec",
      turn: () => redis.cli("get", "rollcall:writer:traefik"),
    }),
  };

  test.each(["etcd", "redis"] as const)(
    "to %s writes the keys, names what can't be keys, and lets others write after it",
    async (kind) => {
      const { at, launch, start } = house();
      at.declare("web", 1);
      for (const name of ["routes", "none"]) mkdirSync(join(at.path, name));
      writeFileSync(join(at.path, "routes/a.yaml"), middleware);
      await launch("web-0");
      const server = await start({ routes: "routes" });
      await serving(server, 1);
      const { output, keys, holder } = stores[kind]();
      const target = `${kind} ${kind === "etcd" ? etcd.endpoints.join(" ") : redis.url} traefik/`;
      const run = async () => {
        const config = join(at.path, "export.yaml");
        const listeners = { provider: { listen: server.provider }, admin: { listen: server.admin } };
        writeFileSync(config, stringify({ ...listeners, outputs: [output] }));
        return await runHere(undefined, ["export", "--config", config, "--to", kind]);
      };
      const { version } = await server.document();
      const first = await run();
      expect(first).toEqual({
        code: 0,
        stdout: `${target}: written, version ${version.slice(0, 12)}, 4 objects\n`,
        stderr: expect.stringMatching(new RegExp(`^${kind} [^\n]+: [^\n]*123[^\n]*\n$`)),
      });
      const found = await keys();
      expect(found).toContain("traefik/http/routers/web/rule");
      expect(found.filter((key) => key.includes("123"))).toEqual([]);
      expect(await run()).toEqual(first);

      // Another server, without the route file.
      const other = await start({ state: "other-state", routes: "none", outputs: [output] });
      await until(
        "it writes at once, since nobody holds a lease",
        async () => (await other.status()).outputs[0]?.state === "written",
      );
      const before = await keys();
      const refused = await run();
      expect([refused.code, refused.stdout]).toEqual([1, ""]);
      expect(refused.stderr.replace(`${target}: not written: `, "")).toMatch(holder);
      expect(await keys()).toEqual(before);
    },
  );

  test.each([
    ["etcd", "SIGINT", 130],
    ["redis", "SIGTERM", 143],
  ] as const)(
    "to %s that gets %s gives the turn back, though no answer has said that it has it, and ends with %i",
    async (kind, signal, code) => {
      const { at, launch, start } = house();
      at.declare("web", 1);
      await launch("web-0");
      const server = await start();
      await serving(server, 1);
      const { address, through, takes, turn } = stores[kind]();
      await until("nobody has the turn", async () => (await turn()).trim() === "");
      await using relay = await openRelay();
      relay.to(address);
      relay.loseAnswersTo(takes);
      const config = join(at.path, "export.yaml");
      const listeners = { provider: { listen: server.provider }, admin: { listen: server.admin } };
      writeFileSync(config, stringify({ ...listeners, outputs: [through(relay.address)] }));
      const run = rollcall(["export", "--config", config, "--to", kind]);
      await until("it has the turn", async () => (await turn()).trim() !== "", 60_000, 5);
      // What it gives back is answered.
      relay.loseAnswersTo("nothing that is ever sent");
      run.child.kill(signal);
      expect([await run.ended, run.stdout(), run.stderr()]).toEqual([
        code,
        "",
        "stopping\nstopped: the same command writes what is missing\n",
      ]);
      expect((await turn()).trim()).toBe("");
    },
  );
});
