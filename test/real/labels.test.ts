import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { tell } from "../support/measure.ts";
import { realLxd, realTraefik, titled } from "../support/real/parts.ts";
import { openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** Instances that declare themselves, served through the real Traefik. */

const parts = { traefik: await realTraefik(), lxd: await realLxd() };
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];

/** A request to an instance that is just leaving would hang until Traefik stops dialing: it counts as no answer. */
async function ask(traefik: Traefik, host: string, path = "/") {
  const asked = request(`http://${traefik.web}${path}`, { headers: { host }, headersTimeout: 1000 });
  const answer = await asked.catch(() => undefined);
  return { status: answer?.statusCode ?? 0, text: ((await answer?.body.text()) ?? "").trim() };
}

const label = (name: string, value: string) => [`user.traefik.${name}`, value] as const;
/** A router for a host of its own and a service, as `labels:` of a compose file would have them. */
function declares(name: string, more: readonly (readonly [string, string])[] = []): Record<string, string> {
  return Object.fromEntries([
    label("enable", "true"),
    label(`http.routers.${name}.rule`, `Host(\`${name}.apps.test\`)`),
    label(`http.services.${name}.loadbalancer.server.port`, "3000"),
    ...more,
  ]);
}

/** Every kind of bad label, for an instance of that name. */
const poisons: ((name: string) => Record<string, string>)[] = [
  (name) => declares(name, [label("enable", "yes")]),
  (name) => declares(name, [label(`http.routers.${name}.rulee`, "Host(`x`)")]),
  (name) => declares(name, [label(`http.routers.${name}.rule`, `Host(\`${name}.apps.test\``)]),
  (name) => declares(name, [label(`http.routers.${name}.rule`, `Host(\`${name}.apps.test\`) || Host(\`bank.test\`)`)]),
  (name) =>
    declares(name, [
      label(`http.routers.${name}.rule`, "Host(`bank.test`)"),
      label(`http.routers.${name}.priority`, "9000"),
    ]),
  (name) =>
    declares(name, [
      label(`http.routers.${name}.rule`, "PathPrefix(`/`)"),
      label(`http.routers.${name}.priority`, "9000"),
    ]),
  (name) =>
    declares(name, [
      label(`http.routers.${name}.rule`, "Host(`known.apps.test`)"),
      label(`http.routers.${name}.priority`, "9000"),
    ]),
  (name) => declares(name, [label(`http.services.${name}.loadbalancer.server.port`, "0")]),
  (name) => declares(name, [label(`http.services.${name}.loadbalancer.server.scheme`, "gopher")]),
  (name) => declares(name, [label(`http.services.${name}.loadbalancer.servers[0].url`, "http://127.0.0.1:1")]),
  (name) => declares(name, [label(`http.services.${name}.loadbalancer.healthcheck.interval`, "1.5")]),
  (name) => declares(name, [label(`http.routers.${name}.middlewares`, "nowhere")]),
  (name) => declares(name, [label(`http.routers.${name}.service`, "api@internal")]),
  (name) => declares(name, [label(`http.routers.${name}.entrypoints`, "traefik")]),
  (name) => declares(name, [label(`http.routers.${name}.tls.certresolver`, "le")]),
  (name) =>
    declares(name, [
      label(`http.middlewares.${name}.stripprefix`, ""),
      label(`http.routers.${name}.middlewares`, name),
    ]),
  (name) =>
    declares(name, [
      label(`http.middlewares.${name}.basicauth.users`, "a:\u007f\u2551"),
      label("http.routers..rule", "x"),
    ]),
  (name) =>
    declares(name, [
      label(`tcp.routers.${name}.rule`, "HostSNI(`*`)"),
      label(`tcp.services.${name}.loadbalancer.server.port`, "3000"),
    ]),
  (name) => declares(name, [label("tls.stores.default.defaultgeneratedcert.resolver", "le")]),
  (name) => ({ ...declares(name), "user.Traefik.http.routers.x.rule": "Host(`bank.test`)" }),
];

describe.skipIf(parts.traefik.missing !== undefined)(
  titled("200 instances that declare themselves, 20 of them badly", parts.traefik.missing),
  { timeout: 120_000 },
  () => {
    let lxd: EmbeddedDaemon;
    let stage: Stage;
    let bank: Driver;
    let server: Rollcall;
    let traefik: Traefik;
    const good = Array.from({ length: 180 }, (_, index) => `good${index}`);
    const bad = poisons.map((_, index) => `bad${index}`);

    beforeAll(async () => {
      lxd = await createEmbeddedDaemon();
      stage = await openStage({ socket: lxd.socket, project: "apps", binary: parts.traefik.binary });
      bank = createDriver(lxd.socket, { project: "bank" });
      await bank.createProject("bank");
      const rule = label("http.routers.bank.rule", "Host(`bank.test`)");
      await bank.launch("bank-0", { config: { ...declares("bank"), ...Object.fromEntries([rule]) } });
      const known =
        'name: known\nproject: apps\nreplicas: 1\nservice: { port: 3000 }\nrouter: { rule: "Host(`known.apps.test`)" }\n';
      writeFileSync(join(stage.path, "groups", "known.yaml"), known);
      await stage.launch(["known-0"]);
      const allow = { apps: { hosts: ["*.apps.test"] }, bank: { hosts: ["bank.test"] } };
      const source = { name: "local", url: `unix://${lxd.socket}`, projects: ["apps", "bank"], labels: { allow } };
      server = await stage.serve({ sources: [source] });
      traefik = await stage.traefik(quick);
      for (const name of good) await stage.driver.launch(name, { config: declares(name) });
      for (const [index, name] of bad.entries())
        await stage.driver.launch(name, { config: poisons[index]?.(name) ?? {} });
    }, 120_000);
    afterAll(async () => {
      await stage?.close();
      await bank?.close();
      await lxd?.close();
    });

    test("180 are served, and 20 are named with a reason", async () => {
      expect(bad).toHaveLength(20);
      const { labelled } = await until("all are known", async () => {
        const status = await server.status();
        return status.labelled.length === 201 && status.labelled.every(({ state }) => state !== "absent") && status;
      });
      const named = labelled.filter(({ problems }) => problems.length > 0);
      expect(named.map(({ instance }) => instance).sort()).toEqual([...bad].sort());
      tell(
        `the reasons:\n${named.map(({ instance, problems }) => `  ${instance}: ${problems.join("; ")}`).join("\n")}`,
      );
      const { version } = await server.document();
      await until("Traefik has it", async () => (await server.status()).pollers.some((one) => one.version === version));
      await until("the last one is live", async () => (await ask(traefik, "good179.apps.test")).status === 200);
      for (const name of good) expect((await ask(traefik, `${name}.apps.test`)).text).toMatch(new RegExp(`^${name} `));
    });

    test("nothing of another project's hosts is taken over, nor of a group's", async () => {
      for (let i = 0; i < 20; i++) {
        expect((await ask(traefik, "bank.test", "/any")).text).toMatch(/^bank-0 /);
        expect((await ask(traefik, "known.apps.test")).text).toMatch(/^known-0 /);
      }
      expect((await ask(traefik, "nobody.apps.test")).status).toBe(404);
      for (const path of ["/api/rawdata", "/dashboard/"])
        expect((await ask(traefik, "bad12.apps.test", path)).status).toBe(404);
    });

    test("Traefik takes the document without an error", async () => {
      const { http } = await traefik.api<{ http: Record<string, { errors: number; warnings: number }> }>(
        "/api/overview",
      );
      for (const part of ["routers", "services", "middlewares"])
        expect(http[part]).toMatchObject({ errors: 0, warnings: 0 });
    });

    test("and the log and the status hold no value of a label that may be a secret", async () => {
      expect(server.log()).not.toContain("\u2551");
      expect(JSON.stringify(await server.status())).not.toContain("\u2551");
    });
  },
);

describe.skipIf(parts.lxd.missing !== undefined || parts.traefik.missing !== undefined)(
  titled("instances of the real LXD that declare themselves", parts.lxd.missing ?? parts.traefik.missing),
  { timeout: 120_000 },
  () => {
    let stage: Stage;
    let server: Rollcall;
    let traefik: Traefik;
    let db = 0;

    beforeAll(async () => {
      const project = "rollcall-labels";
      stage = await openStage({ socket: parts.lxd.socket, project, binary: parts.traefik.binary });
      const allow = { [project]: { hosts: ["*.apps.test"], ownEntryPoints: ["db"] } };
      const sources = [{ name: "local", url: `unix://${parts.lxd.socket}`, projects: [project], labels: { allow } }];
      server = await stage.serve({ sources });
      db = await freePort();
      traefik = await stage.traefik([...quick, `--entryPoints.db.address=127.0.0.1:${db}`]);
    }, 120_000);
    afterAll(() => stage?.close());

    const more = [
      label("http.middlewares.cut.stripprefix.prefixes", "/old"),
      label("http.routers.one.middlewares", "cut"),
      label("http.routers.one.tls", "false"),
      label("tcp.routers.raw.rule", "HostSNI(`*`)"),
      label("tcp.routers.raw.entrypoints", "db"),
      label("tcp.services.raw.loadbalancer.server.port", "3000"),
    ];
    const versionOf = async (host: string) => (await ask(traefik, host)).text.split(" ")[0];

    test("are served by their labels, with no group file at all", async () => {
      await stage.driver.launch("one-0", { config: declares("one", more) });
      await until("it answers", async () => (await versionOf("one.apps.test")) === "one-0");
      expect((await ask(traefik, "one.apps.test", "/old/")).text).toMatch(/^one-0 /);
      const raw = await request(`http://127.0.0.1:${db}/`, { headers: { connection: "close" } });
      expect((await raw.body.text()).trim()).toMatch(/^one-0 /);
      expect((await server.status()).labelled).toMatchObject([{ instance: "one-0", state: "member", problems: [] }]);
    });

    test("grow by one more of the same labels, and a changed key is live in well under a second", async () => {
      const { "user.traefik.enable": _, ...later } = declares("one", more);
      await stage.driver.launch("one-1", { config: later });
      await stage.driver.waitForAddress("one-1");
      expect((await server.status()).labelled).toHaveLength(1);
      const began = performance.now();
      await stage.driver.setConfig("one-1", { "user.traefik.enable": "true" });
      await until(
        "both answer",
        async () => new Set([await versionOf("one.apps.test"), await versionOf("one.apps.test")]).size === 2,
      );
      tell(`user.traefik.enable=true to the first answer: ${Math.round(performance.now() - began)} ms`);
    });

    test("leave by a stop, and one that asks for it stays as a 503", async () => {
      await stage.driver.setConfig("one-0", { "user.traefik.docker.allownonrunning": "true" });
      await stage.driver.setConfig("one-1", { "user.traefik.enable": "false" });
      await stage.driver.stop("one-0", { force: true });
      await until("503", async () => (await ask(traefik, "one.apps.test")).status === 503);
      await stage.driver.setConfig("one-0", { "user.traefik.docker.allownonrunning": "" });
      await until("404", async () => (await ask(traefik, "one.apps.test")).status === 404);
    });
  },
);
