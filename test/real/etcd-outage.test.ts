import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tell } from "../support/measure.ts";
import { startLoad } from "../support/network/load.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { type Etcd, etcdMissing, startEtcd } from "../support/real/etcd.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { runningOf } from "../support/real/raw-data.ts";
import { etcdFlag } from "../support/real/ways.ts";
import { pause, useHouse } from "../support/server/house.ts";
import { startTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** A Traefik has its routes from an etcd alone, and that dies while a replica is drained. */

const traefikPart = await realTraefik();
const missing = (await etcdMissing()) ?? traefikPart.missing;
const house = useHouse();

/** In seconds. The shortest lease that there is ends several times in an outage. */
const lease = 5;
const outage = 60;

interface Outage {
  readonly title: string;
  readonly members: 1 | 3;
  begin(etcd: Etcd): Promise<unknown>;
  end(etcd: Etcd): Promise<unknown>;
}
const outages: readonly Outage[] = [
  {
    title: "its only member is killed",
    members: 1,
    begin: (etcd) => etcd.act("kill", 1),
    end: (etcd) => etcd.act("start", 1),
  },
  {
    title: "two of its three members hang",
    members: 3,
    begin: (etcd) => Promise.all([etcd.act("stop", 1), etcd.act("stop", 2)]),
    end: (etcd) => Promise.all([etcd.act("cont", 1), etcd.act("cont", 2)]),
  },
];

describe.skipIf(missing)(titled("an etcd that is dead during a drain", missing), { concurrent: true }, () => {
  test.for(outages)(
    "$title: no route is lost, no request fails, and the drain ends once it is back",
    { timeout: 120_000 + outage * 1000 },
    async ({ title, members, begin, end }, { onTestFinished }) => {
      const { at, driver, launch, start } = house();
      const etcd = await startEtcd(members);
      onTestFinished(() => etcd.down());
      at.declare("web", 2);
      await launch("web-0", "web-1");
      const server = await start({ outputs: [{ etcd: etcd.endpoints, lease: `${lease}s` }] });
      const { binary } = traefikPart;
      const traefik = await startTraefik({ binary, endpoint: "http://127.0.0.1:1/", flags: [etcdFlag(etcd)] });
      onTestFinished(() => void traefik.stop());
      const running = () => runningOf(traefik, "etcd");
      const has = (count: number) =>
        until(`Traefik has ${count} servers`, async () => {
          const [web = ""] = (await running()).filter((one) => one.startsWith("services web "));
          return web.split('"url"').length - 1 === count;
        });
      await has(2);
      const routes = await running();

      const load = startLoad(traefik.web, 50, { seconds: 600 });
      await begin(etcd);
      await drain(`http://${server.admin}`, at.path);
      const mark = async () => (await server.status()).marks[0];
      const [{ target } = { target: "" }] = (await server.status()).outputs;
      const waits = { step: "waiting-for-traefik", waitsFor: [target] };
      await until("the drain waits for etcd", async () => (await mark())?.step === waits.step);
      const began = performance.now();
      for (; performance.now() - began < outage * 1000; await pause(250)) {
        expect(await mark()).toMatchObject(waits);
        expect(await running()).toEqual(routes);
      }
      await end(etcd);
      const back = performance.now();
      await until("it is drained", async () => (await mark())?.step === "drained", 60_000);
      const seconds = ((performance.now() - back) / 1000).toFixed(1);
      await has(1);
      const visitor = createVisitor(traefik.web);
      const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.visit()));
      await visitor.close();
      expect(new Set(answers)).toEqual(new Set(["web-0"]));
      await driver.stop("web-1");
      await pause(500);
      await load.stop();
      expect(load.failures).toEqual([]);
      tell(
        `${title} for ${outage} s during a drain: 0 of ${load.sent} requests failed, drained ${seconds} s after it was back`,
      );
    },
  );
});

/** Drains `web-1` of a server whose state is in a directory. */
async function drain(admin: string, directory: string): Promise<void> {
  const token = readFileSync(join(directory, "state/admin-token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ targets: ["web-1"], by: "ann", grace: "1s" });
  expect((await fetch(`${admin}/api/drains`, { method: "POST", headers, body })).status).toBe(200);
}
