import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms, pause, tell } from "../support/measure.ts";
import { startLoad, tally } from "../support/network/load.ts";
import { type ClusterLab, findCluster, reachByHttps } from "../support/real/cluster-lab.ts";
import { realDaemonOfEach, realTraefik, requirePart, titled } from "../support/real/parts.ts";
import { openSite, type Site } from "../support/real/site.ts";
import { documentHas, traefikHas } from "../support/real/stage.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/**
 * A member of a real cluster is lost in every way there is, under 100 requests a second through the real Traefik. It is the member that the
 * server prefers to ask.
 */

const { binary, missing: noTraefik } = await realTraefik();
const terraform = await realTerraform();
const daemons = await realDaemonOfEach();
const project = "rollcall-cluster";
const size = 6;
/** The replicas on m3. */
const onThird = ["web-2", "web-5"];
const timeout = 120_000;

describe.each(daemons)("a real cluster of $platform", ({ platform: kind, socket, missing: noDaemon }) => {
  const found = findCluster(kind, socket);
  const missing =
    noTraefik ?? terraform.missing ?? noDaemon ?? ("reason" in found ? requirePart(kind, found.reason) : undefined);

  describe.skipIf(missing !== undefined)(titled("under load", missing), { timeout }, () => {
    const lab = found as ClusterLab;
    let stage: Site;
    let endpoint: Awaited<ReturnType<typeof reachByHttps>>;
    let server: Rollcall;
    let traefik: Traefik;
    beforeAll(async () => {
      await lab.up();
      stage = await openSite({ socket: lab.socket, project, binary, platform: kind }, terraform);
      const spread = "target: { spread: [m1, m2, m3] }";
      stage.declare("web", size, `instance: { image: web, ${spread}, config: { environment.GRACE: "20" } }\n`);
      const deployed = await stage.rollcall("deploy", "--yes", "--no-wait", "--no-drain");
      expect(deployed, deployed.stderr).toMatchObject({ code: 0 });
      endpoint = await reachByHttps(stage.driver, stage.path);
      server = await stage.serve({ sources: [{ name: "local", platform: kind, projects: [project], ...endpoint }] });
      await documentHas(server, size);
      const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
      traefik = await stage.traefik(quick);
      await traefikHas(traefik, size);
    }, timeout);
    afterAll(async () => {
      await stage?.close();
      await lab.down();
    }, timeout);

    const rows = async () => new Map((await server.status()).groups[0]?.replicas.map((row) => [row.replica, row]));
    const third = async () => (await server.status()).sources[0]?.members.find(({ name }) => name === "m3");
    const allServe = () =>
      until(
        "all are members",
        async () => [...(await rows()).values()].every(({ state }) => state === "member"),
        60_000,
      );
    const asked = async () => (await server.status()).sources[0]?.endpoint;
    const since = (began: number) => ms(performance.now() - began);

    /** What a steady load sees while something is done, until a second after it. */
    async function under(what: string, act: () => Promise<void>) {
      const load = startLoad(traefik.web, 100, { host: "web.localhost", seconds: 110 });
      await act();
      await pause(1000);
      await load.stop();
      tell(`${kind}, ${what}: ${load.failures.length} of ${load.sent} failed (${tally(load.failures)})`);
      expect(load.failures).toEqual([]);
    }

    test("a member that is killed: its replicas stay, are said to be in doubt, and are confirmed when it is back", async () => {
      await under("a member killed", async () => {
        expect(await asked()).toBe(endpoint.urls[0]);
        let began = performance.now();
        await lab.act("kill", 3);
        await until("another one is asked", async () => (await asked()) === endpoint.urls[1], 60_000);
        tell(`${kind}, a member killed: another one is asked after ${since(began)}`);
        await until("it is said", async () => (await rows()).get("web-2")?.reason === "unconfirmed", 60_000);
        tell(`${kind}, a member killed: its replicas in doubt after ${since(began)}`);
        expect((await rows()).get("web-5")?.detail).toBe("its cluster member m3 does not answer");
        await until("it is offline", async () => (await third())?.status === "Offline", 60_000);
        tell(`${kind}, a member killed: Offline after ${since(began)}`);
        expect(await server.servers("web")).toHaveLength(size);
        began = performance.now();
        await lab.act("start", 3);
        await allServe();
        tell(`${kind}, a member started again: all confirmed after ${since(began)}`);
        await until("it is asked again", async () => (await asked()) === endpoint.urls[0], 120_000);
        tell(`${kind}, a member started again: it is asked after ${since(began)}`);
        // The members are asked every two seconds meanwhile.
        await until("it is online", async () => (await third())?.status === "Online", 60_000);
      });
    });

    test("a member that hangs: a replica of another one is seen to leave before it is stopped, and the hung one's stay", async () => {
      await under("a member hangs", async () => {
        await lab.act("stop", 3);
        const began = performance.now();
        const stopping = stage.driver.stop("web-0", { force: false });
        try {
          await until("it is out", async () => (await server.servers("web"))?.length === size - 1, 30_000);
          const took = performance.now() - began;
          tell(`${kind}, a member hangs: another's replica out ${ms(took)} after its stop began`);
          // It serves on for twenty seconds.
          expect(took).toBeLessThan(19_000);
          for (const name of onThird) expect((await rows()).get(name)?.state).not.toBe("absent");
        } finally {
          await lab.act("cont", 3);
        }
        const back = performance.now();
        await stopping;
        await stage.driver.start("web-0");
        await allServe();
        tell(`${kind}, a member goes on: all serve after ${since(back)}`);
      });
    });

    test("a member that is evacuated: its replicas leave before they are stopped, and join again where they are then", async () => {
      await under("a member evacuated and restored", async () => {
        const began = performance.now();
        await stage.driver.ask("POST", "/cluster/members/m3/state", { action: "evacuate" });
        tell(`${kind}, evacuated after ${since(began)}`);
        expect((await third())?.status ?? "").toMatch(/Online|Evacuated/);
        await until("it is said", async () => (await third())?.status === "Evacuated", 30_000);
        const restored = performance.now();
        await stage.driver.ask("POST", "/cluster/members/m3/state", { action: "restore" });
        await allServe();
        tell(`${kind}, restored: all serve after ${since(restored)}`);
      });
    });
  });
});
