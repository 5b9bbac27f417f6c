import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { pause, tell } from "../support/measure.ts";
import { resultOf, startLoad } from "../support/network/load.ts";
import { findLab } from "../support/real/lab.ts";
import { realDaemon, realParts, titled } from "../support/real/parts.ts";
import { openSite, type Site } from "../support/real/site.ts";
import { documentHas, traefikHas } from "../support/real/stage.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** One group over a real LXD and a real Incus, made by the stacks, behind one service of a real Traefik. */

const { socket, binary, missing: missingParts } = await realParts();
const incus = await realDaemon("incus");
const terraform = await realTerraform();
const lab = findLab(socket);
const missing = missingParts ?? incus.missing ?? terraform.missing ?? ("reason" in lab ? lab.reason : undefined);
const project = "rollcall-spread";
const grace = ["--yes", "--grace", "1s"];

describe.skipIf(missing !== undefined)(
  titled("a group that is spread over LXD and Incus", missing),
  { timeout: 600_000 },
  () => {
    let site: Site;
    let far: Driver;
    let server: Rollcall;
    let traefik: Traefik;

    function declare(spread: unknown, more = "") {
      const text = `name: web
project: ${project}
spread: ${JSON.stringify(spread)}
instance: { image: web, config: { environment.GRACE: "2" } }
rollout: { maxSurge: 1 }
service: { port: 3000, ready: port }
router: { rule: Host(\`web.localhost\`) }
${more}`;
      writeFileSync(join(site.path, "groups/web.yaml"), text);
    }
    /** Which replica is on which source, and in which state. */
    async function rows(): Promise<string[]> {
      const [web] = (await server.status()).groups;
      return (web?.replicas ?? []).map(({ replica, source, state }) => `${replica} ${source} ${state}`);
    }
    const deploy = async (...words: string[]) => {
      const said = await site.rollcall("deploy", ...grace, ...words);
      expect(said, said.stdout + said.stderr).toMatchObject({ code: 0 });
      return said;
    };
    /** Does something under 100 requests a second, none of which may fail. */
    async function underLoad(what: string, act: () => Promise<unknown>) {
      const load = startLoad(traefik.web, 100, { seconds: 600 });
      await pause(500);
      await act();
      await pause(1000);
      await load.stop();
      tell(`${what}: ${resultOf(load)}`);
      expect(load.failures).toEqual([]);
    }

    beforeAll(async () => {
      site = await openSite({ socket, project, binary }, terraform);
      far = createDriver(incus.socket, { project });
      for (const { name } of await far.list().catch(() => [])) await far.remove(name);
      await far.createProject(project).catch(() => {});
      const { environment } = (await far.ask("GET", "")) as { environment: { server: string } };
      const settings = parse(readFileSync(site.config, "utf8")) as { admin: object };
      const sources = [
        { name: "lxd-a", url: `unix://${socket}`, projects: [project] },
        { name: "incus-b", platform: environment.server, url: `unix://${incus.socket}`, projects: [project] },
      ];
      writeFileSync(site.config, stringify({ ...settings, sources }));
      declare({ "lxd-a": 2, "incus-b": 2 });
      server = await site.serve({ admin: settings.admin, sources });
      traefik = await site.traefik(["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"]);
    });
    afterAll(async () => {
      if (!site) return;
      if (!("reason" in lab)) await lab.up();
      for (const { name } of await far.list()) await far.remove(name);
      await far.removeProject(project);
      await far.close();
      await site.close();
    });

    test("is deployed by the stacks, each daemon its part, and is one service of Traefik", async () => {
      await deploy();
      expect((await rows()).sort()).toEqual([
        ...["web-0", "web-1", "web-2", "web-3"].map((name) =>
          expect.stringMatching(`^${name} (lxd-a|incus-b) member$`),
        ),
      ]);
      const [here, there] = [await site.driver.list(), await far.list()];
      expect([here.length, there.length]).toEqual([2, 2]);
      expect((await traefikHas(traefik, 4)).length).toBe(4);
      expect(await site.rollcall("deploy", ...grace)).toMatchObject({
        stdout: expect.stringContaining("nothing to change"),
      });
    });

    test("one daemon killed: its replicas stay while their ports answer, and the other's come and go, without a failed request", async () => {
      if ("reason" in lab) throw new Error(lab.reason);
      const [there] = (await far.list()).map(({ name }) => name).sort();
      await underLoad("one daemon killed and back", async () => {
        await lab.kill("KILL");
        await until("the server says that lxd-a is down", async () =>
          (await server.status()).sources.some(({ name, up }) => name === "lxd-a" && !up),
        );
        expect((await rows()).filter((row) => row.endsWith("lxd-a kept"))).toHaveLength(2);
        const drained = await site.rollcall("drain", `incus-b/${project}/${there}`, "--grace", "1s");
        expect(drained, drained.stderr).toMatchObject({ code: 0 });
        await far.stop(there ?? "", { force: true });
        await documentHas(server, 3);
        await far.start(there ?? "");
        expect(await site.rollcall("undrain", `incus-b/${project}/${there}`)).toMatchObject({ code: 0 });
        await documentHas(server, 4);
        const began = performance.now();
        await lab.up();
        await until("all are members again", async () => (await rows()).every((row) => row.endsWith("member")));
        tell(`members again ${((performance.now() - began) / 1000).toFixed(1)} s after its daemon was started`);
      });
    });

    test("a replica moves from one daemon to the other without a failed request", async () => {
      declare({ "lxd-a": 1, "incus-b": 3 });
      await underLoad("a move", async () => {
        const moved = await deploy();
        expect(moved.stdout).toMatch(/- web-(\d) on lxd-a\n {2}\+ web-\1 on incus-b/);
        await documentHas(server, 4);
      });
      expect([(await site.driver.list()).length, (await far.list()).length]).toEqual([1, 3]);
    });

    test("a rollout goes over both without a failed request", async () => {
      await underLoad("a rollout over both", async () => {
        const rolled = await site.rollcall("rollout", "web", "--image", "web-v2", ...grace);
        expect(rolled, rolled.stdout + rolled.stderr).toMatchObject({ code: 0 });
      });
      const keys = [...(await site.driver.list()), ...(await far.list())].map(
        ({ config }) => config?.["image.description"],
      );
      expect(new Set(keys).size).toBe(1);
    });

    test("destroy takes all of them from both", async () => {
      expect(await site.rollcall("destroy", ...grace)).toMatchObject({ code: 0 });
      expect([...(await site.driver.list()), ...(await far.list())]).toEqual([]);
    });
  },
);
