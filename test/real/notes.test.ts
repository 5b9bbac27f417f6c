import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import { unmatchedRules } from "../support/cases/unmatched-rules.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { findTraefik, startTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** What is noted of objects that are served is so on the real Traefik. */

const { binary, missing } = await realTraefik("3.7.15");
const service = { loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] } };

/** A server that answers with one document. */
async function serving(document: object) {
  const server = createServer((_, answer) => answer.end(JSON.stringify(document))).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe.skipIf(missing !== undefined)(titled("a rule that nothing matches", missing), () => {
  test.each(["3.7.15", "3.6.15", "3.5.3", "3.0.4"])("is taken by Traefik %s, and matches nothing", async (version) => {
    const found = await findTraefik(version);
    if (!("binary" in found)) throw new Error(found.reason);
    const rules = unmatchedRules.filter(({ versions }) => versions.includes(version));
    const ports = await Promise.all(rules.map(freePort));
    const routers = rules.map(({ rule }, index) => [`r${index}`, { rule, service: "s", entryPoints: [`e${index}`] }]);
    const reached = { rule: "PathPrefix(`/`)", service: "s", entryPoints: ["web"] };
    const http = { routers: { ...Object.fromEntries(routers), reached }, services: { s: service } };
    const { server, endpoint } = await serving({ http });
    const flags = ports.map((port, index) => `--entryPoints.e${index}.address=127.0.0.1:${port}`);
    const traefik = await startTraefik({ binary: found.binary, endpoint, flags });
    try {
      const all = await until("Traefik has the routers", async () => {
        const all = await traefik.api<{ name: string; status: string }[]>("/api/http/routers?per_page=1000");
        const ours = all.filter(({ name }) => name.endsWith("@http"));
        return ours.length === rules.length + 1 && ours;
      });
      expect(all.filter(({ status }) => status !== "enabled")).toEqual([]);
      // Its one server is away: what a router takes is answered with 502.
      await until("they are live", async () => (await ask(Number(traefik.web.split(":")[1]), "a", "/")) === "502");
      for (const [index, { rule, asked }] of rules.entries())
        for (const [host, target] of asked)
          expect([rule, host, target, await ask(ports[index] ?? 0, host, target)]).toEqual([
            rule,
            host,
            target,
            expect.stringMatching(/^40[04]$/),
          ]);
    } finally {
      await traefik.stop();
      server.close();
    }
  });
});

describe.skipIf(missing !== undefined)(titled("what holds for all of Traefik", missing), () => {
  test("turns off every router with TLS if two providers have it, except those with their own options", async () => {
    const router = (name: string, tls: object) => ({ [name]: { rule: `Host(\`${name}\`)`, tls, service: "s" } });
    const document = {
      http: { routers: { ...router("ours", {}), ...router("own", { options: "mine" }) }, services: { s: service } },
      tls: { options: { mine: { minVersion: "VersionTLS12" } } },
    };
    const options = { default: { minVersion: "VersionTLS13" } };
    const stores = { default: { defaultGeneratedCert: { resolver: "nobody", domain: { main: "a.example" } } } };
    const directory = mkdtempSync(join(tmpdir(), "rollcall-notes-"));
    const file = join(directory, "other.yml");
    const other = { http: { routers: router("theirs", {}), services: { s: service } } };
    const states = async (theirs: object, ours: object) => {
      writeFileSync(file, JSON.stringify(theirs));
      const { server, endpoint } = await serving(ours);
      const traefik = await startTraefik({ binary, endpoint, flags: [`--providers.file.filename=${file}`] });
      try {
        const routers = await until("Traefik has the routers of both", async () => {
          const all = await traefik.api<{ name: string; status: string }[]>("/api/http/routers?per_page=1000");
          return all.filter(({ name }) => /^(ours|own|theirs)@/.test(name)).length === 3 && all;
        });
        const named = routers.filter(({ name }) => /^(ours|own|theirs)@/.test(name));
        return { log: traefik.log(), states: Object.fromEntries(named.map(({ name, status }) => [name, status])) };
      } finally {
        await traefik.stop();
        server.close();
      }
    };
    const both = { ...document, tls: { stores, options: { ...document.tls.options, ...options } } };
    try {
      const one = await states(other, both);
      expect(one.states).toEqual({ "ours@http": "enabled", "own@http": "enabled", "theirs@file": "enabled" });
      const two = await states({ ...other, tls: { options, stores } }, both);
      expect(two.states).toEqual({ "ours@http": "disabled", "own@http": "enabled", "theirs@file": "disabled" });
      expect(two.log).toContain("Default TLS Options defined in multiple providers");
      expect(two.log).toContain("Default TLS Store defined in multiple providers");
      expect(one.log).not.toContain("defined in multiple providers");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

/** The status that Traefik answers a request with, whose host and target go out as they are. */
function ask(port: number, host: string, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.once("error", reject).once("close", () => resolve(answer.slice(9, 12)));
  });
}
