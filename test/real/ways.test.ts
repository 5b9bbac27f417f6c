import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import { follow } from "../../server/follow.ts";
import { createEtcdWriter } from "../../server/outputs/etcd/writer.ts";
import { flatten } from "../../server/outputs/key-value/flatten.ts";
import { createRedisWriter } from "../../server/outputs/redis/redis-writer.ts";
import { pause } from "../support/measure.ts";
import { opensslMissing } from "../support/network/certificates.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { etcdMissing } from "../support/real/etcd.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { runningOf } from "../support/real/raw-data.ts";
import { missingRedis } from "../support/real/redis.ts";
import { openPlaces, outputOf, type Places, type Way, wayFlags, ways } from "../support/real/ways.ts";
import { fleet } from "../support/real/written.ts";
import { ground, type Rollcall, startRollcall } from "../support/server/rollcall.ts";
import { startTraefik, type Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";
import { type GoldenStage, openGoldenStage } from "./everything/golden-stage.ts";

/** One rollcall serves the golden document in each way that there is to a Traefik, and a real Traefik stands at the end of each. */

const { binary, missing: noTraefik } = await realTraefik();
const stores = ["etcd", "redis"] as const;
const missing = noTraefik ?? (await etcdMissing()) ?? (await missingRedis()) ?? (await opensslMissing());

describe.skipIf(missing)(titled("the golden document by each way", missing), () => {
  let places: Places;
  let golden: GoldenStage;
  let follower: Rollcall;
  const nobody = "http://127.0.0.1:1/traefik";
  const edge = ground();
  const traefiks = new Map<Way, Traefik>();
  // The order of a longer list is another one as text: 0, 1, 10, 11, 2.
  const twelve = { loadBalancer: { servers: Array.from({ length: 12 }, (_, n) => ({ url: `http://10.0.0.${n}` })) } };
  beforeAll(async () => {
    places = await openPlaces();
    const outputs = ways.flatMap((way) => outputOf(way, places) ?? []);
    golden = await openGoldenStage({ binary, settings: { outputs } });
    writeFileSync(join(golden.stage.path, "routes/twelve.yaml"), JSON.stringify({ http: { services: { twelve } } }));
    follower = await startFollower();
    for (const way of ways) traefiks.set(way, await traefikBy(way));
    const isLong = (line: string) => line.startsWith("services twelve ");
    await until("the long list is there", async () => (await running("http")).some(isLong));
  }, 120_000);
  afterAll(async () => {
    await Promise.all([...traefiks.values()].map((one) => one.stop()));
    await follower?.stop();
    await golden?.close();
    await places?.close();
    edge.clear();
  });

  const startFollower = () => startRollcall(edge, "/nowhere", { follow: [`http://${golden.server.provider}`] }, follow);

  async function traefikBy(way: Way): Promise<Traefik> {
    const ports = await Promise.all(Array.from({ length: 5 }, freePort));
    const endpoints: Partial<Record<Way, string>> = { http: golden.server.endpoint, follow: follower.endpoint };
    return startTraefik({
      binary,
      endpoint: endpoints[way] ?? nobody,
      flags: [
        ...wayFlags(way, places),
        "--entryPoints.web.asDefault=true",
        ...["inner", "tcp", "tcp-tls"].map((name, n) => `--entryPoints.${name}.address=127.0.0.1:${ports[n]}`),
        ...["udp", "udp-weighted"].map((name, n) => `--entryPoints.${name}.address=127.0.0.1:${ports[n + 3]}/udp`),
      ],
    });
  }
  const providerOf = (way: Way) => (way === "follow" ? "http" : way);
  const running = (way: Way) => runningOf(traefiks.get(way) as Traefik, providerOf(way));
  /** Starts its Traefik anew. */
  async function restart(way: Way) {
    await traefiks.get(way)?.stop();
    traefiks.set(way, await traefikBy(way));
  }
  /** Which replica answers a request through a Traefik, or the status. */
  async function answerBy(way: Way): Promise<string> {
    const visitor = createVisitor((traefiks.get(way) as Traefik).web, "web.test");
    const answer = await visitor.visit();
    await visitor.close();
    return answer;
  }
  /** What Traefiks run now: whether one still does, and when it does again; and a replica answers through it. */
  async function remember(some: readonly Way[]) {
    const before = new Map(await Promise.all(some.map(async (way) => [way, await running(way)] as const)));
    const goesOn = async (way: Way) => {
      expect(await running(way)).toEqual(before.get(way));
      expect(await answerBy(way)).toBe("web-0");
    };
    const isSame = async (way: Way) => JSON.stringify(await running(way)) === JSON.stringify(before.get(way));
    const isBack = (way: Way) =>
      until(`${way} is as before`, async () => (await isSame(way)) && (await answerBy(way)) === "web-0");
    return { goesOn, isBack };
  }
  /** Resolves once a Traefik runs what the one on HTTP does, but for these. Gives its own of these. */
  async function same(way: Way, but: readonly string[]) {
    const isOther = (one: string) => but.some((name) => one.startsWith(`${name} `));
    return until(`${way} and HTTP are the same`, async () => {
      const [found, wanted] = await Promise.all([running(way), running("http")]);
      const [one, other] = [found, wanted].map((all) => JSON.stringify(all.filter((line) => !isOther(line))));
      return found.length > 0 && one === other && found.filter(isOther);
    });
  }

  const differs = [
    ...[
      "middlewares rewritten",
      "routers rewritten",
      "services rollcall-left-out",
      "routers nested",
      "services nested",
    ],
    ...["failover", "mirroring", "random", "weighted"].map((kind) => `services nested-${kind}`),
  ];
  const rows: readonly { way: Way; but: readonly string[]; left: readonly string[] }[] = [
    { way: "file", but: [], left: [] },
    { way: "etcd", but: differs, left: ["middleware rewritten", "service nested-failover"] },
    {
      way: "redis",
      but: [...differs, "middlewares headers", "routers headers"],
      left: ["middleware headers", "middleware rewritten", "service nested-failover"],
    },
    { way: "follow", but: [], left: [] },
  ];

  test.each(rows)("by $way a Traefik runs what it runs by HTTP", async ({ way, but, left }) => {
    const closed = (await same(way, but)).filter((one) => one.startsWith("routers "));
    const names = closed.map(
      (one) => /^routers (\S+) .*"service":"rollcall-left-out".*"status":"enabled"/.exec(one)?.[1],
    );
    expect(names).toEqual(but.flatMap((one) => (one.startsWith("routers ") ? one.slice(8) : [])).sort());
    const { outputs } = await golden.server.status();
    const { warnings = [] } = outputs.find(({ target }) => target.startsWith(way)) ?? {};
    expect(warnings.flatMap((one) => /^(.*) is left out: /.exec(one)?.[1] ?? [])).toEqual(left);
  });

  test("a change is live by each", async () => {
    await golden.stage.driver.stop("web-1");
    const isLive = (line: string) => line.startsWith("services web ") && line.split('"url"').length === 2;
    for (const way of ways) await until(`one server by ${way}`, async () => (await running(way)).some(isLive));
  });

  test("while the server is down a Traefik goes on, and one that starts answers 404 by HTTP and serves everything by a file, etcd, Redis and a follower", async () => {
    const { goesOn, isBack } = await remember(ways);
    await golden.server.stop();
    for (const way of ways) await goesOn(way);
    await restart("follow");
    await isBack("follow");

    await follower.stop();
    for (const way of ways) await restart(way);
    for (const way of ["file", ...stores] as const) await isBack(way);
    for (const way of ["http", "follow"] as const) {
      expect(await running(way)).toEqual([]);
      expect(await answerBy(way)).toBe("404");
    }
    // It starts from its disk.
    follower = await startFollower();
    await restart("follow");
    await isBack("follow");
  }, 120_000);

  test("while a store is down a Traefik goes on, and one that starts answers 404 until the store is back", async () => {
    const { goesOn, isBack } = await remember(stores);
    await Promise.all([places.etcd.act("kill", 1), places.redis.kill()]);
    await pause(3000);
    for (const way of stores) {
      await goesOn(way);
      await restart(way);
      expect(await answerBy(way)).toBe("404");
    }
    await Promise.all([places.etcd.act("start", 1), places.redis.start()]);
    for (const way of stores) await isBack(way);
  }, 120_000);

  test("a document without an object ends every route of a store", async () => {
    const [prefix, never] = ["traefik", new AbortController().signal];
    const writers = {
      etcd: createEtcdWriter({ endpoints: places.etcd.endpoints, prefix, lease: 10 }, ({ document }) =>
        flatten(document, { prefix, keepsEmpty: true }),
      ),
      redis: createRedisWriter({ redis: places.redis.url, prefix }, ({ document }) =>
        flatten(document, { prefix, keepsEmpty: false }),
      ),
    };
    for (const way of stores) {
      const writer = writers[way];
      const report = await writer.write(fleet([], 0, []), never);
      expect(report.standby).toBeUndefined();
      await until(`${way} has no route`, async () => {
        const all = await running(way);
        return all.length === 1 && all[0]?.startsWith("services rollcall-nothing ");
      });
      await writer.close();
    }
  });
});
