import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Written } from "../../server/outputs/writer.ts";
import { httpTarget, type Target } from "../support/network/targets.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { type Etcd, etcdMissing, startEtcd } from "../support/real/etcd.ts";
import { failure, writerTo } from "../support/real/etcd-writer.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { fleet } from "../support/real/written.ts";
import { startTraefik, type Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

const traefikPart = await realTraefik();
const missing = (await etcdMissing()) ?? traefikPart.missing;

describe.skipIf(missing)(titled("Traefik on an etcd that rollcall writes", missing), () => {
  let etcd: Etcd;
  let traefik: Traefik;
  let targets: readonly Target[];
  let addresses: readonly string[];
  let writer: ReturnType<typeof writerTo>;
  beforeAll(async () => {
    etcd = await startEtcd();
    writer = writerTo(etcd);
    targets = await Promise.all(["a-0", "b-0"].map((name) => httpTarget((_, response) => response.end(name))));
    addresses = targets.map(({ address }) => address);
    const flags = [
      `--providers.etcd.endpoints=${new URL(etcd.endpoints[0] as string).host}`,
      "--metrics.prometheus=true",
    ];
    traefik = await startTraefik({ binary: traefikPart.binary, endpoint: "http://127.0.0.1:1/", flags });
  });
  afterAll(async () => {
    await writer?.close();
    await traefik?.stop();
    await Promise.all((targets ?? []).map((one) => one.close()));
    await etcd?.down();
  });

  const names = (base: string, count: number) => Array.from({ length: count }, (_, i) => `${base}${i}`);
  const reloads = async () => Number(/^traefik_config_reloads_total (\d+)/m.exec(await traefik.metrics())?.[1]);
  /** Asks for a host without a pause until it is stopped; gives what was answered, by its first moment. */
  function visits(host: string) {
    const visitor = createVisitor(traefik.web, `${host}.localhost`);
    const answers = new Map<string, number>();
    let isOver = false;
    let asked = 0;
    const loop = (async () => {
      for (; !isOver; asked++) {
        const answer = await visitor.visit();
        if (!answers.has(answer)) answers.set(answer, performance.now());
      }
    })();
    return {
      answers,
      async stop() {
        isOver = true;
        await loop;
        await visitor.close();
        expect(asked).toBeGreaterThan(10);
        return [...answers.keys()];
      },
    };
  }
  const live = (host: string, wanted: string) =>
    until(`${host} is answered by ${wanted}`, async () => {
      const visitor = createVisitor(traefik.web, `${host}.localhost`);
      const answer = await visitor.visit();
      await visitor.close();
      return answer === wanted;
    });

  test("a change that fits into a transaction is one reload", async () => {
    await writer.put(fleet(names("s", 30), 1, addresses.slice(0, 1)));
    await live("s0", "a-0");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = await reloads();
    await writer.put(fleet(names("s", 30), 1, addresses.slice(1)));
    await live("s0", "b-0");
    await live("s29", "b-0");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect((await reloads()) - before).toBe(1);
  });

  test("a change of more than 1,000 keys fails no request: each is answered by the old servers or the new ones", async () => {
    const kept = { name: "web", rule: "Host(`web.localhost`)" };
    const withRouter = (document: Written, service: string): Written => {
      const { routers, services } = (document.document as { http: { routers: object; services: object } }).http;
      const changed = {
        http: { services, routers: { ...routers, [kept.name]: { rule: kept.rule, service, entryPoints: ["web"] } } },
      };
      return { ...document, document: changed as Written["document"] };
    };
    await writer.put(withRouter(fleet(names("old", 250), 1, addresses.slice(0, 1)), "old7"));
    await live("web", "a-0");
    const load = visits("web");
    const began = performance.now();
    await writer.put(withRouter(fleet(names("new", 250), 1, addresses.slice(1)), "new7"));
    const wrote = performance.now();
    await until("the new servers answer", () => load.answers.has("b-0"));
    await live("new249", "b-0");
    await live("old249", "404");
    expect((await load.stop()).sort()).toEqual(["a-0", "b-0"]);
    const after = ((load.answers.get("b-0") ?? 0) - began).toFixed();
    process.stdout.write(`2,001 keys: written in ${(wrote - began).toFixed()} ms, live after ${after} ms\n`);
  });

  test("etcd is killed during a change and stays dead: no route is lost, and once it is back the change is there", async () => {
    await writer.put(fleet(["web", ...names("s", 250)], 1, addresses.slice(0, 1)));
    await live("web", "a-0");
    await live("s249", "a-0");
    const load = visits("web");
    const next = fleet(["web", ...names("t", 250)], 1, addresses.slice(1));
    const [said] = await Promise.all([failure(writer.put(next)), etcd.act("kill", 1)]);
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const dead = await failure(writer.look(next));
    await etcd.act("start", 1);
    await until("it is written", async () => (await failure(writer.look(next))) === "nothing failed");
    await live("web", "b-0");
    await live("t249", "b-0");
    await live("s249", "404");
    expect((await load.stop()).sort()).toEqual(["a-0", "b-0"]);
    expect(dead).toContain("nothing listens there: does etcd run?");
    expect([said === "nothing failed", /cut|nothing listens/.test(said)]).toContain(true);
  });
});
