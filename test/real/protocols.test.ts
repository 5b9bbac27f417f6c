import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Pool } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { weightKey } from "../../shared/tags.ts";
import { ms, pause, tell } from "../support/measure.ts";
import { sayTcp, sayTls, sayUdp } from "../support/network/streams.ts";
import { type Target, tcpTarget, udpTarget } from "../support/network/targets.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** Groups of TCP and UDP, and weights, proven through the real Traefik; the instances live on the embedded daemon. */

const { binary, missing } = await realTraefik();
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
const anySni = "HostSNI(`*`)";
/** What version 2 of the proxy protocol begins with. */
const signature = "\r\n\r\n\0\r\nQUIT\n";
/** No two groups listen on one port: an instance's address is one for all of them. */
const ports = {
  db: 5432,
  dbnext: 5433,
  secure: 8443,
  other: 8444,
  inner: 8445,
  proxied: 5434,
  checked: 5435,
  dns: 5353,
};

describe.skipIf(missing !== undefined)(
  titled("groups of TCP and UDP, and weights, through the real Traefik", missing),
  () => {
    let lxd: EmbeddedDaemon;
    let stage: Stage;
    let server: Rollcall;
    let traefik: Traefik;
    const entry = { tcp: 0, tls: 0, inner: 0, proxied: 0, checked: 0, split: 0, udp: 0 };
    const targets: Target[] = [];
    const targetOf = new Map<string, Target>();

    beforeAll(async () => {
      lxd = await createEmbeddedDaemon();
      stage = await openStage({ socket: lxd.socket, project: "rollcall-protocols", binary });
      mkdirSync(join(stage.path, "routes"));
      const flags: string[] = [];
      for (const name of Object.keys(entry) as (keyof typeof entry)[]) {
        entry[name] = await freePort();
        flags.push(`--entryPoints.${name}.address=127.0.0.1:${entry[name]}${name === "udp" ? "/udp" : ""}`);
      }
      stage.declare("web", 2);
      await stage.launch(["web-0", "web-1"]);
      server = await stage.serve();
      await documentHas(server, 2);
      traefik = await stage.traefik([...quick, ...flags]);
    });
    afterAll(async () => {
      await stage?.close();
      await Promise.all(targets.map((target) => target.close().catch(() => {})));
      await lxd?.close();
    });

    /** Writes a group file, launches its replicas, and lets something listen at each of their addresses. */
    async function group(name: keyof typeof ports, replicas: number, service: object, router: object | undefined) {
      const names = Array.from({ length: replicas }, (_, index) => `${name}-${index}`);
      await stage.launch(names);
      for (const one of names) {
        const at = { host: await stage.driver.waitForAddress(one), port: ports[name] };
        const isTls = ["secure", "other", "inner"].includes(name);
        const target = await (name === "dns" ? udpTarget(one, at) : tcpTarget(one, at, isTls));
        targets.push(target);
        targetOf.set(one, target);
      }
      declare(name, replicas, { port: ports[name], ...service }, router);
      return await documentHas(server, replicas, name);
    }
    function declare(name: string, replicas: number, service: object, router: object | undefined) {
      const declared = { name, project: stage.project, replicas, service, ...(router && { router }) };
      writeFileSync(join(stage.path, "groups", `${name}.yaml`), stringify(declared));
    }
    const route = (name: string, document: object) =>
      writeFileSync(join(stage.path, "routes", `${name}.yaml`), stringify(document));
    /** Who answers so many times in a row, by name. */
    async function answers(count: number, ask: () => Promise<string>): Promise<Record<string, number>> {
      const counts: Record<string, number> = {};
      for (let i = 0; i < count; i++) {
        const [name = ""] = (await ask()).split(" ");
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    }

    /** The names of the replicas that answer so many requests, `db-0,db-1`. */
    const who = async (count: number, ask: () => Promise<string>) =>
      Object.keys(await answers(count, ask))
        .sort()
        .join(",");

    test("a TCP group answers through its entry point, its replicas in turn, and one that stops no more", async () => {
      await group("db", 2, { protocol: "tcp" }, { rule: anySni, entryPoints: ["tcp"] });
      await until("both answer", async () => (await who(4, () => sayTcp(entry.tcp, "hello"))) === "db-0,db-1");
      expect(await answers(10, () => sayTcp(entry.tcp, "hello"))).toEqual({ "db-0": 5, "db-1": 5 });
      await stage.driver.stop("db-1", { force: true });
      await documentHas(server, 1, "db");
      await until("one answers", async () => (await answers(6, () => sayTcp(entry.tcp, "hello")))["db-0"] === 6);
    });

    test("TLS is passed on as it comes, by the name that is asked for", async () => {
      const passed = (name: string) => ({
        rule: `HostSNI(\`${name}.localhost\`)`,
        entryPoints: ["tls"],
        tls: { passthrough: true },
      });
      await group("secure", 1, { protocol: "tcp" }, passed("secure"));
      await group("other", 1, { protocol: "tcp" }, passed("other"));
      const ask = (name: string) => sayTls(entry.tls, `${name}.localhost`, "hello");
      await until("the one answers", async () => (await ask("secure")) === "secure-0 hello");
      await until("the other one answers", async () => (await ask("other")) === "other-0 hello");
      expect(await ask("nobody")).toBe("");
      expect(targetOf.get("secure-0")?.asked).toEqual(["hello"]);
    });

    test("TLS is spoken to replicas that want it, as a transport of a route file says", async () => {
      route("inner", { tcp: { serversTransports: { trusting: { tls: { insecureSkipVerify: true } } } } });
      const loadBalancer = { serversTransport: "trusting" };
      await group("inner", 1, { protocol: "tcp", tls: true, loadBalancer }, { rule: anySni, entryPoints: ["inner"] });
      await until("it answers", async () => (await sayTcp(entry.inner, "hello")) === "inner-0 hello");
    });

    test("the proxy protocol gives a replica the client's address", async () => {
      const loadBalancer = { proxyProtocol: { version: 2 } };
      await group("proxied", 1, { protocol: "tcp", loadBalancer }, { rule: anySni, entryPoints: ["proxied"] });
      await until("it answers", async () => (await sayTcp(entry.proxied, "hello")).startsWith("proxied-0 "));
      const [header = ""] = targetOf.get("proxied-0")?.asked ?? [];
      expect(header.slice(0, signature.length)).toBe(signature);
      // A TCP connection over IPv4, from 127.0.0.1 to 127.0.0.1.
      expect([...Buffer.from(header, "latin1").subarray(12, 24)]).toEqual([
        0x21, 0x11, 0, 12, 127, 0, 0, 1, 127, 0, 0, 1,
      ]);
    });

    test("a TCP health check removes a replica whose program has ended, though its instance runs", async () => {
      const healthCheck = { interval: "300ms", timeout: "200ms" };
      const router = { rule: anySni, entryPoints: ["checked"] };
      const [, second = ""] = await group("checked", 2, { protocol: "tcp", loadBalancer: { healthCheck } }, router);
      await until(
        "both answer",
        async () => (await who(4, () => sayTcp(entry.checked, "a"))) === "checked-0,checked-1",
      );
      await targetOf.get("checked-1")?.close();
      const began = performance.now();
      interface Known {
        readonly serverStatus?: Readonly<Record<string, string>>;
      }
      await until("it is down", async () => {
        const { serverStatus } = await traefik.api<Known>("/api/tcp/services/checked@http");
        return serverStatus?.[second] === "DOWN";
      });
      tell(`a TCP replica that accepts nothing is out after ${ms(performance.now() - began)} of checks each 300 ms`);
      expect(await answers(10, () => sayTcp(entry.checked, "a"))).toEqual({ "checked-0": 10 });
      expect(await server.servers("checked")).toHaveLength(2);
    });

    test("a weighted service shares out between two TCP groups, to 0 and 100 too", async () => {
      await group("dbnext", 1, { protocol: "tcp" }, undefined);
      const split = (db: number, next: number) =>
        route("split", {
          tcp: {
            routers: { split: { rule: anySni, entryPoints: ["split"], service: "split" } },
            services: {
              split: {
                weighted: {
                  services: [
                    { name: "db", weight: db },
                    { name: "dbnext", weight: next },
                  ],
                },
              },
            },
          },
        });
      const ask = () => sayTcp(entry.split, "hello");
      split(3, 1);
      await until("it answers", async () => (await ask()) !== "");
      expect(Math.abs(((await answers(200, ask))["db-0"] ?? 0) - 150)).toBeLessThan(6);
      split(0, 100);
      await until("all goes to one", async () => (await answers(8, ask))["dbnext-0"] === 8);
      split(100, 0);
      await until("all goes back", async () => (await answers(8, ask))["db-0"] === 8);
    });

    test("a UDP group answers, and its removal ends the forwarding", async () => {
      const router = { entryPoints: ["udp"] };
      await group("dns", 2, { protocol: "udp" }, router);
      const ask = () => sayUdp(entry.udp, "hello");
      await until("both answer", async () => (await who(4, ask)) === "dns-0,dns-1");
      await stage.driver.stop("dns-1", { force: true });
      await until("one answers", async () => (await answers(6, ask))["dns-0"] === 6);
      await stage.driver.stop("dns-0", { force: true });
      await until("nobody answers", async () => (await ask()) === "");
      await stage.driver.start("dns-0");
      await stage.driver.start("dns-1");
      await until("both answer again", async () => (await who(4, ask)) === "dns-0,dns-1");
      rmSync(join(stage.path, "groups/dns.yaml"));
      await until("the forwarding ends", async () => (await ask()) === "");
      expect(await answers(4, ask)).toEqual({ "": 4 });
      declare("dns", 2, { protocol: "udp", port: ports.dns }, router);
      await until("it is back", async () => (await ask()).endsWith(" hello"));
    });

    describe("an HTTP server's weight", () => {
      let pool: Pool;
      beforeAll(() => {
        pool = new Pool(`http://${traefik.web}`);
      });
      afterAll(() => pool.close());

      async function ask(cookie?: string) {
        const headers = { host: "web.localhost", ...(cookie && { cookie }) };
        const { body, headers: said } = await pool.request({ method: "GET", path: "/", headers });
        return { text: await body.text(), cookie: String(said["set-cookie"] ?? "").split(";")[0] ?? "" };
      }
      const visit = async () => (await ask()).text;
      const rule = { rule: "Host(`web.localhost`)" };

      test("of the group's file shares out: 3 to 1 within 3 points", async () => {
        declare("web", 2, { port: 3000, weights: { "web-0": 3 } }, rule);
        await until("it is served", async () => (await server.document()).body.includes('"weight":3'));
        await until("it is live", async () => ((await answers(40, visit))["web-0"] ?? 0) >= 28);
        const counts = await answers(1000, visit);
        const share = (counts["web-0"] ?? 0) / 10;
        tell(`weights of 3 and 1 over 1,000 requests: ${share.toFixed(1)} % to the heavier one`);
        expect(Math.abs(share - 75)).toBeLessThan(3);
      });

      test.each(["wrr", "p2c", "hrw", "leasttime"])(
        "of 0 by the instance's key gets nothing, with strategy %s",
        async (strategy) => {
          declare("web", 2, { port: 3000, loadBalancer: { strategy } }, rule);
          await until("Traefik has it", async () => {
            const { loadBalancer } = await traefik.api<{ loadBalancer: object }>("/api/http/services/web@http");
            return "strategy" in loadBalancer && loadBalancer.strategy === strategy;
          });
          // Whom a visitor gets; by hrw always the same one.
          const drained = await who(1, visit);
          const other = drained === "web-0" ? "web-1" : "web-0";
          await stage.driver.setConfig(drained, { [weightKey]: "0" });
          await until("it is live", async () => (await who(20, visit)) === other);
          expect(await answers(200, visit)).toEqual({ [other]: 200 });
          await stage.driver.setConfig(drained, { [weightKey]: "" });
          await until("it is undone", async () => {
            const rows = (await server.status()).groups.flatMap(({ replicas }) => replicas);
            return rows.every(({ weight }) => weight === null);
          });
        },
      );

      test("of 0 ends what holds a visitor to it", async () => {
        declare("web", 2, { port: 3000, loadBalancer: { sticky: { cookie: { name: "held" } } } }, rule);
        const held = await until("a visitor is held to web-0", async () => {
          const { text, cookie } = await ask();
          return text.startsWith("web-0") && cookie.startsWith("held=") && cookie;
        });
        expect(await answers(10, async () => (await ask(held)).text)).toEqual({ "web-0": 10 });
        await stage.driver.setConfig("web-0", { [weightKey]: "0" });
        await until("the visitor moves on", async () => (await ask(held)).text.startsWith("web-1"));
        await pause(300);
        expect(await answers(10, async () => (await ask(held)).text)).toEqual({ "web-1": 10 });
        await stage.driver.setConfig("web-0", { [weightKey]: "" });
      });
    });
  },
);
