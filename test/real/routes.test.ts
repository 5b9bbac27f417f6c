import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { tell } from "../support/measure.ts";
import { resultOf, startLoad } from "../support/network/load.ts";
import { sayTcp, sayUdp } from "../support/network/streams.ts";
import { httpTarget, type Target, tcpTarget, udpTarget } from "../support/network/targets.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** Route files, served by rollcall and proven by requests through the real Traefik; the groups live on the embedded daemon. */

const { binary, missing } = await realTraefik();
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
/** The password is "test". */
const ann = "ann:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/";

describe.skipIf(missing !== undefined)(titled("route files through the real Traefik", missing), () => {
  let lxd: EmbeddedDaemon;
  let stage: Stage;
  let server: Rollcall;
  let traefik: Traefik;
  let [tcp, udp] = [0, 0];
  const targets: Target[] = [];
  const made = async (target: Promise<Target>) => targets[targets.push(await target) - 1] as Target;

  beforeAll(async () => {
    lxd = await createEmbeddedDaemon();
    stage = await openStage({ socket: lxd.socket, project: "rollcall-routes", binary });
    mkdirSync(join(stage.path, "routes"));
    stage.declare("web", 2, "rollout: { maxUnavailable: 2 }\n");
    const check = "loadBalancer: { healthCheck: { path: /, interval: 1s } }";
    const next = `name: next\nproject: rollcall-routes\nreplicas: 1\nservice: { port: 3000, ${check} }\n`;
    writeFileSync(join(stage.path, "groups", "next.yaml"), `${next}router: { rule: "Host(\`next.localhost\`)" }\n`);
    await stage.launch(["web-0", "web-1", "next-0"]);
    server = await stage.serve();
    await documentHas(server, 2);
    await documentHas(server, 1, "next");
    [tcp, udp] = [await freePort(), await freePort()];
    const entryPoints = [
      `--entryPoints.tcp.address=127.0.0.1:${tcp}`,
      `--entryPoints.udp.address=127.0.0.1:${udp}/udp`,
    ];
    traefik = await stage.traefik([...quick, ...entryPoints]);
  });
  afterAll(async () => {
    await stage?.close();
    await Promise.all(targets.map((target) => target.close()));
    await lxd?.close();
  });

  /** Writes a route file, and waits until Traefik has its router. */
  async function route(name: string, http: object, router?: string): Promise<void> {
    writeFileSync(join(stage.path, "routes", `${name}.yaml`), stringify({ http }));
    const { version } = await until("published", async () => {
      const document = await server.document();
      return document.body.includes(JSON.stringify(router ?? `Host(\`${name}\`)`)) && document;
    });
    await live(version);
    expect((await server.status()).routes).toMatchObject({ problems: [], remarks: [] });
  }
  async function live(version: string): Promise<void> {
    await until("Traefik has it", async () =>
      (await server.status()).pollers.some((poller) => poller.version === version),
    );
    // It has been answered; it is live once the throttle and the switch are over.
    await until("it is live", async () => {
      const routers = await traefik.api<{ name: string; status: string }[]>("/api/http/routers?per_page=1000");
      const document = JSON.parse((await server.document()).body) as { http: { routers: object } };
      return Object.keys(document.http.routers).every((name) => routers.some((one) => one.name === `${name}@http`));
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  async function ask(host: string, path = "/", headers: Record<string, string> = {}) {
    const answer = await request(`http://${traefik.web}${path}`, { headers: { host, ...headers } });
    return {
      status: answer.statusCode,
      text: (await answer.body.text()).trim(),
      cookie: String(answer.headers["set-cookie"] ?? ""),
    };
  }
  const byHost = (name: string, service: string, more: object = {}) => ({
    [name]: { rule: `Host(\`${name}\`)`, service, ...more },
  });
  const to = ({ address }: Target) => ({ loadBalancer: { servers: [{ url: `http://${address}` }] } });
  const weighted = (web: number, next: number, more: object = {}) => ({
    weighted: {
      services: [
        { name: "web", weight: web },
        { name: "next", weight: next },
      ],
      ...more,
    },
  });

  test("a split of 90 to 10 is one within 2 points", async () => {
    await route("split", { routers: byHost("split", "split"), services: { split: weighted(90, 10) } });
    let next = 0;
    for (let i = 0; i < 2000; i++) if ((await ask("split")).text.startsWith("next-")) next++;
    tell(`90 to 10 over 2,000 requests: ${(next / 20).toFixed(1)} % to the canary`);
    expect(Math.abs(next / 20 - 10)).toBeLessThan(2);
  });

  test("a header, a query and a cookie choose the version, by the priority of their routers", async () => {
    const routers = {
      ...byHost("ab", "web", { priority: 1 }),
      "ab-header": { rule: "Host(`ab`) && Header(`X-Version`, `next`)", service: "next", priority: 10 },
      "ab-query": { rule: "Host(`ab`) && Query(`version`, `next`)", service: "next", priority: 10 },
      "ab-cookie": { rule: "Host(`ab`) && HeaderRegexp(`Cookie`, `version=next`)", service: "next", priority: 10 },
    };
    await route("ab", { routers });
    const answers = [
      ask("ab"),
      ask("ab", "/", { "x-version": "next" }),
      ask("ab", "/?version=next"),
      ask("ab", "/", { cookie: "version=next" }),
    ];
    const names = (await Promise.all(answers)).map(({ text }) => text.split("-")[0]);
    expect(names).toEqual(["web", "next", "next", "next"]);
  });

  test("a cookie holds a visitor to one group and to one replica of it", async () => {
    const services = { sticky: weighted(50, 50, { sticky: { cookie: { name: "group" } } }) };
    await route("sticky", { routers: byHost("sticky", "sticky"), services });
    for (let i = 0; i < 10; i++) {
      const { text, cookie } = await ask("sticky");
      const [mine = ""] = cookie.split(";");
      for (let again = 0; again < 5; again++)
        expect((await ask("sticky", "/", { cookie: mine })).text.split("-")[0]).toBe(text.split("-")[0]);
    }
  });

  test("mirrors get requests, and failover takes over if the main service is gone", async () => {
    const mirror = await made(httpTarget());
    const [first, second] = [
      await made(httpTarget((_, response) => response.end("first"))),
      await made(httpTarget((_, response) => response.end("second"))),
    ];
    const check = { healthCheck: { path: "/", interval: "200ms", timeout: "100ms" } };
    const checked = (target: Target) => ({ loadBalancer: { ...to(target).loadBalancer, ...check } });
    const services = {
      mirror: to(mirror),
      mirrored: { mirroring: { service: "web", mirrors: [{ name: "mirror", percent: 100 }] } },
      first: checked(first),
      second: checked(second),
      safe: { failover: { service: "first", fallback: "second" } },
    };
    await route("mirrored", { routers: { ...byHost("mirrored", "mirrored"), ...byHost("safe", "safe") }, services });
    expect((await ask("mirrored", "/seen")).text).toMatch(/^web-/);
    await until("the mirror was asked", () => mirror.asked.includes("/seen"));
    expect((await ask("safe")).text).toBe("first");
    await first.close();
    await until("the other one answers", async () => (await ask("safe")).text === "second");
  });

  test("failover takes over from a group without replicas, and gives back", async () => {
    const services = { spare: { failover: { service: "next", fallback: "web" } } };
    await route("spare", { routers: byHost("spare", "spare"), services });
    expect((await ask("spare")).text).toMatch(/^next-/);
    await stage.driver.stop("next-0", { force: true });
    await until("the fallback answers", async () => (await ask("spare")).text.startsWith("web-"));
    expect((await server.status()).routes.remarks).toMatchObject([{ name: "spare", state: "noted" }]);
    await stage.driver.start("next-0");
    await until("it is back", async () => (await ask("spare")).text.startsWith("next-"));
    expect((await server.status()).routes.remarks).toEqual([]);
  });

  test("middlewares do their part: replacePath, stripPrefix, basicAuth, headers, retry", async () => {
    const echo = await made(httpTarget());
    const dead = `127.0.0.1:${await freePort()}`;
    const routers = {
      ...byHost("replaced", "echo", { middlewares: ["replaced"] }),
      ...byHost("stripped", "echo", { middlewares: ["stripped", "said"] }),
      ...byHost("guarded", "echo", { middlewares: ["guarded"] }),
      ...byHost("tried", "half", { middlewares: ["tried"] }),
    };
    const middlewares = {
      replaced: { replacePath: { path: "/instead" } },
      stripped: { stripPrefix: { prefixes: ["/api"] } },
      said: { headers: { customResponseHeaders: { "Set-Cookie": "seen=1" } } },
      guarded: { basicAuth: { users: [ann] } },
      tried: { retry: { attempts: 3 } },
    };
    const services = {
      echo: to(echo),
      half: { loadBalancer: { servers: [{ url: `http://${dead}` }, { url: `http://${echo.address}` }] } },
    };
    await route("replaced", { routers, middlewares, services });
    expect((await ask("replaced", "/there")).text).toBe("/instead");
    expect(await ask("stripped", "/api/x")).toMatchObject({ text: "/x", cookie: "seen=1" });
    expect((await ask("guarded")).status).toBe(401);
    expect((await ask("guarded", "/", { authorization: `Basic ${btoa("ann:test")}` })).status).toBe(200);
    for (let i = 0; i < 6; i++) expect((await ask("tried")).status).toBe(200);
    expect(server.log() + JSON.stringify(await server.status())).not.toContain("H6uskkkW");
  });

  test("TCP and UDP are routed, and end where their routers do", async () => {
    const [one, other] = [await made(tcpTarget("one")), await made(udpTarget("other"))];
    const file = join(stage.path, "routes/streams.yaml");
    const streams = {
      tcp: {
        routers: { raw: { rule: "HostSNI(`*`)", entryPoints: ["tcp"], service: "raw" } },
        services: { raw: { loadBalancer: { servers: [{ address: one.address }] } } },
      },
      udp: {
        routers: { raw: { entryPoints: ["udp"], service: "raw" } },
        services: { raw: { loadBalancer: { servers: [{ address: other.address }] } } },
      },
    };
    writeFileSync(file, stringify(streams));
    await until("TCP answers", async () => (await sayTcp(tcp, "hello")) === "one hello");
    await until("UDP answers", async () => (await sayUdp(udp, "hello")) === "other hello");
    writeFileSync(file, "{}\n");
    await until("TCP ends", async () => (await sayTcp(tcp, "hello")) === "");
    await until("UDP ends", async () => (await sayUdp(udp, "hello")) === "");
  });

  test("a canary onto a group that is not there yet costs the main one no request", async () => {
    await route(
      "web-canary",
      {
        routers: byHost("canary", "canary"),
        services: { canary: { weighted: { services: [{ name: "web", weight: 1 }] } } },
      },
      "Host(`canary`)",
    );
    const load = startLoad(traefik.web, 100, { host: "canary" });
    stage.declare("later", 1);
    const services = {
      canary: {
        weighted: {
          services: [
            { name: "web", weight: 1 },
            { name: "later", weight: 1 },
          ],
        },
      },
    };
    writeFileSync(
      join(stage.path, "routes/web-canary.yaml"),
      stringify({ http: { routers: byHost("canary", "canary"), services } }),
    );
    await until("it is said", async () => (await server.status()).routes.remarks.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await stage.launch(["later-0"]);
    await until("the new group answers", async () => (await ask("canary")).text.startsWith("later-"));
    await load.stop();
    tell(`a canary onto a group that comes later: ${resultOf(load)}`);
    expect(load.failures).toEqual([]);
  });
});
