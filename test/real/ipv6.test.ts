import { readFileSync, writeFileSync } from "node:fs";
import { connect, isIPv6 } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ms, tell } from "../support/measure.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { realPartsOfEach, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** Replicas on a bridge that has IPv6 alone, behind the real Traefik; and on one that has both. */

const each = await realPartsOfEach();
const project = "rollcall-ipv6";
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];

/** Both platforms' networks are on one machine. */
const numbers = { lxd: 76, incus: 75 } as const;

/** Opens a connection once, patient for less than a second. */
function opens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const one = connect({ host: hostname.replace(/[[\]]/g, ""), port: Number(port), timeout: 900 });
    const end = (is: boolean) => {
      one.destroy();
      resolve(is);
    };
    one.once("connect", () => end(true));
    one.once("timeout", () => end(false));
    one.once("error", () => end(false));
  });
}

for (const { platform, title, socket, binary, missing } of each)
  describe.skipIf(missing !== undefined)(titled(`on real ${title} and the real Traefik, in IPv6`, missing), () => {
    const number = numbers[platform];
    const bridge = `rollcallv6${number}`;
    const onBridge = { eth0: { type: "nic", network: bridge, name: "eth0" } };
    /** Of a replica on the bridge: its MAC is the daemon's choice, and its address is made from that. */
    const onlyIpv6 = new RegExp(`^http://\\[fd${number}::[0-9a-f:]+ff:fe[0-9a-f]{2}:[0-9a-f]{1,4}\\]:3000$`);
    let stage: Stage;
    const removeBridge = () =>
      stage.driver.ask("DELETE", `/networks/${bridge}`).catch((error: Error) => {
        if (!/not found/i.test(error.message)) throw error;
      });
    beforeAll(async () => {
      stage = await openStage({ socket, project, binary });
      await removeBridge();
      const off = Object.fromEntries(
        ["ipv4", "ipv6"].flatMap((one) => ["nat", "routing", "firewall"].map((key) => [`${one}.${key}`, "false"])),
      );
      const config = { ...off, "ipv4.address": "none", "ipv6.address": `fd${number}::1/64` };
      await stage.driver.ask("POST", "/networks", { name: bridge, type: "bridge", config });
    });
    afterAll(async () => {
      if (!stage) return;
      // The instances go first: they are on it.
      const { driver } = stage;
      for (const { name } of await driver.list()) await driver.remove(name);
      await removeBridge();
      await stage.close();
    });

    const declare = (name: string, replicas: number, service: string) =>
      writeFileSync(
        join(stage.path, "groups", `${name}.yaml`),
        `name: ${name}\nreplicas: ${replicas}\nproject: ${project}\n${service}`,
      );
    let server: Rollcall | undefined;
    const serve = async (family: string | readonly string[]) => {
      const sources = [{ name: "local", url: `unix://${socket}`, projects: [project], address: { family } }];
      server = await stage.serve({ sources });
      return server;
    };
    afterEach(() => server?.stop());
    const drains = (server: Rollcall, method: "POST" | "DELETE") =>
      fetch(`http://${server.admin}/api/drains`, {
        method,
        headers: {
          authorization: `Bearer ${readFileSync(join(stage.path, "state", "admin-token"), "utf8").trim()}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ targets: ["web-1"], ...(method === "POST" && { by: "a test", grace: "0s" }) }),
      });

    test("a group on a bridge without IPv4 is probed, routed, drained, restarted: each request is answered", async () => {
      declare("web", 3, "service: { port: 3000, ready: { http: /health } }\nrouter: { rule: Host(`web.localhost`) }\n");
      declare("raw", 1, "service: { protocol: tcp, port: 3000, ready: port }\n");
      const server = await serve("ipv6");
      const traefik = await stage.traefik(quick);
      await stage.launch(["raw-0"], { devices: onBridge });
      const began = performance.now();
      await stage.launch(["web-0", "web-1", "web-2"], {
        devices: onBridge,
        config: { "environment.HEALTH_AFTER": "1" },
      });
      const urls = await documentHas(server, 3);
      tell(
        `from a launch to an IPv6-only group that is ready, ready 1 s after its address: ${ms(performance.now() - began)}`,
      );
      expect(
        urls.every((url) => onlyIpv6.test(url)),
        urls.join(" "),
      ).toBe(true);
      const [raw = ""] = await documentHas(server, 1, "raw");
      expect(raw).toMatch(new RegExp(`^\\[fd${number}::[0-9a-f:]+\\]:3000$`));
      expect(await traefikHas(traefik, 3)).toEqual([...urls].sort());

      const visitor = createVisitor(traefik.web);
      const seen: string[] = [];
      const stop = new AbortController();
      const visiting = (async () => {
        while (!stop.signal.aborted) {
          seen.push(await visitor.visit());
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      })();
      expect((await drains(server, "POST")).status).toBe(200);
      await traefikHas(traefik, 2);
      expect((await drains(server, "DELETE")).status).toBe(200);
      expect(await traefikHas(traefik, 3)).toEqual([...urls].sort());
      await drains(server, "POST");
      await traefikHas(traefik, 2);
      await stage.driver.restart("web-1");
      await drains(server, "DELETE");
      expect(await traefikHas(traefik, 3)).toEqual([...urls].sort());
      stop.abort();
      await visiting;
      await visitor.close();
      tell(`requests to an IPv6-only group, while one of three was drained and restarted: ${seen.length}`);
      expect(seen.filter((one) => !/^web-[012]$/.test(one))).toEqual([]);
      expect(new Set(seen)).toEqual(new Set(["web-0", "web-1", "web-2"]));
    });

    test("no document has an address that its kernel still checks for duplicates", async () => {
      declare("web", 4, "service: { port: 3000 }\n");
      const server = await serve("ipv6");
      await stage.launch(["web-3"], { devices: onBridge });
      const urls = await documentHas(server, 4);
      expect(await Promise.all(urls.map(opens))).toEqual([true, true, true, true]);
    });

    test("of both families the preferred one is taken though it comes later, and what is served is kept while it is there", async () => {
      declare("both", 1, "service: { port: 3000 }\n");
      const server = await serve(["ipv6", "ipv4"]);
      await stage.launch(["both-0"]);
      const [first = ""] = await documentHas(server, 1, "both");
      expect(isIPv6(new URL(first).hostname.slice(1, -1)), first).toBe(true);

      const served = (is: (url: string) => boolean) =>
        until("another address is served", async () => {
          const [url] = (await server.servers("both")) ?? [];
          return url !== undefined && is(url) && url;
        });
      // An event makes the server look: none tells of an address.
      const look = () => stage.driver.setConfig("both-0", { "user.note": String(Math.random()) });
      await stage.inside("both-0", "echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6");
      await look();
      const second = await served((url) => !url.includes("["));
      await stage.inside("both-0", "echo 0 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6");
      await until("it has IPv6 again", async () => {
        const { network } = await stage.driver.state("both-0");
        return network?.eth0?.addresses.some(({ family, scope }) => family === "inet6" && scope === "global");
      });
      const looked = async () => (await server.status()).sources[0]?.lastLook;
      for (let count = 0; count < 3; count++) {
        const before = await looked();
        await look();
        await until("it looked", async () => (await looked()) !== before);
        await new Promise((resolve) => setTimeout(resolve, 1200));
      }
      expect(await server.servers("both")).toEqual([second]);
      await stage.driver.restart("both-0", { force: true });
      expect(await served((url) => url.includes("["))).toBe(first);
    });

    test("of a routed NIC only what the host routes to it is served", async () => {
      declare("lone", 1, "service: { port: 3000 }\n");
      const device = {
        type: "nic",
        nictype: "routed",
        name: "eth0",
        "ipv6.address": `fd${number}:1::5`,
        "ipv4.address": `10.${number}.1.5`,
      };
      const server = await serve(["ipv6", "ipv4"]);
      await stage.launch(["lone-0"], { devices: { eth0: device } });
      const urls = await documentHas(server, 1, "lone");
      expect(urls).toEqual([`http://[fd${number}:1::5]:3000`]);
      expect(await opens(urls[0] ?? "")).toBe(true);
      await stage.inside(
        "lone-0",
        `ip addr add 10.${number}.1.6/32 dev eth0`,
        `ip addr del fd${number}:1::5/128 dev eth0`,
      );
      await stage.driver.setConfig("lone-0", { "user.note": "look" });
      await until(
        "the other family is served",
        async () => (await server.servers("lone"))?.[0] === `http://10.${number}.1.5:3000`,
      );
      expect(await opens(`http://10.${number}.1.5:3000`)).toBe(true);
      await stage.inside("lone-0", `ip addr del 10.${number}.1.5/32 dev eth0`);
      await stage.driver.setConfig("lone-0", { "user.note": "again" });
      const row = await until("it is not served", async () => {
        const replica = (await server.status()).groups.find(({ name }) => name === "lone")?.replicas[0];
        return replica?.state === "absent" && replica;
      });
      expect(row.detail).toBe(
        `runs, but eth0 has only 10.${number}.1.6, and ${title} routes only 10.${number}.1.5 to it: set ipv4.address of the device eth0`,
      );
    });
  });
