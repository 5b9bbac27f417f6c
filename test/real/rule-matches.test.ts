import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { freePort } from "../../lab/demo/free-port.ts";
import { matches, type Visit } from "../../traefik/rule/matches.ts";
import { parseRule } from "../../traefik/rule/parse.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { findTraefik, startTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** What matches a rule here is what the real Traefik sends to a router with it. Each rule has an entry point of its own. */

const { missing } = await realTraefik();

const rules = [
  "Host(`a.example`)",
  "Host(`A.Example.`)",
  "Host(`*.a.example`)",
  "Host(`**.a.example`)",
  "Host(`*a.example`)",
  "Host(`*`)",
  "!Host(`a.example`)",
  "HostRegexp(`^B\\.a`)",
  "HostRegexp(`(?i)^B\\.a`)",
  "PathPrefix(`/a b`)",
  "Path(`/a`) || Path(`/é`)",
  "PathRegexp(`[[:digit:]]$`)",
  "PathRegexp(`(?m)^/a(?-m:.)?$|\\pN\\z`)",
  "Method(`post`)",
  "Header(`x-key`, `v`)",
  "HeaderRegexp(`X-Key`, `^[^u]`)",
  "Query(`q`)",
  "Query(`q`, `1`)",
  "QueryRegexp(`q`, `\\d`)",
  "HostRegexp(`{sub:[a-z]+}.a.example`)",
  "PathPrefix(`/{id:[a-z]}`)",
  "Query(`q=1`)",
  "ClientIP(`127.0.0.0/8`) && !(Method(`GET`) || Host(`a.example`))",
];

interface Asked extends Visit {
  readonly host: string;
  readonly method: string;
  /** The path and the query as they go over the wire. */
  readonly target: string;
}
const hosts = ["a.example", "a.example.", "b.a.example", "B.A.example.", "c.b.a.example", "xa.example", "localhost"];
const asked: readonly Asked[] = [
  ...hosts.map((host) => ({ host, method: "GET", target: "/", path: "/" })),
  { host: "x", method: "GET", target: "/a%20bc", path: "/a bc" },
  { host: "x", method: "GET", target: "/%C3%A9", path: "/é" },
  { host: "x", method: "GET", target: "/a", path: "/a" },
  { host: "x", method: "GET", target: "/a1", path: "/a1" },
  { host: "x", method: "POST", target: "/?q", path: "/", query: { q: [""] } },
  { host: "x", method: "POST", target: "/?q=a&q=1", path: "/", query: { q: ["a", "1"] } },
  { host: "x", method: "GET", target: "/", path: "/", headers: { "X-Key": ["v"] } },
  { host: "x", method: "GET", target: "/", path: "/", headers: { "X-KEY": ["uv"] } },
];

describe.skipIf(missing !== undefined)(titled("a request matches as in Traefik", missing), () => {
  test.each(["3.7.15", "3.6.15"])("%s", async (version) => {
    const found = await findTraefik(version);
    if (!("binary" in found)) throw new Error(found.reason);
    const ports = await Promise.all(rules.map(freePort));
    const routers = rules.map((rule, index) => [`r${index}`, { rule, service: "s", entryPoints: [`e${index}`] }]);
    const services = { s: { loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] } } };
    const document = JSON.stringify({ http: { routers: Object.fromEntries(routers), services } });
    const server = createServer((_, answer) => answer.end(document)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const traefik = await startTraefik({
      binary: found.binary,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      flags: ports.map((port, index) => `--entryPoints.e${index}.address=127.0.0.1:${port}`),
    });
    try {
      await until("Traefik has the routers", async () => {
        const all = await traefik.api<{ name: string; status: string }[]>("/api/http/routers?per_page=1000");
        return all.filter(({ name, status }) => name.endsWith("@http") && status === "enabled").length === rules.length;
      });
      const wrong: string[] = [];
      for (const [index, rule] of rules.entries()) {
        const reading = parseRule(rule, { kind: "http", traefik: version });
        for (const visit of asked) {
          // Its one server is away: what a router takes is answered with 502, what none takes with 404.
          const taken = (await status(ports[index] ?? 0, visit)) === 502;
          const ours = reading.ok && matches(reading.rule, { ...visit, address: "127.0.0.1" }, version);
          if (ours !== taken) wrong.push(`${rule} of ${JSON.stringify(visit)}: ${taken}, and ours: ${ours}`);
        }
      }
      expect(wrong).toEqual([]);
    } finally {
      await traefik.stop();
      server.close();
    }
  });
});

function status(port: number, { host, method, target, headers }: Asked): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const fields = Object.fromEntries(Object.entries(headers ?? {}).map(([name, values]) => [name, [...values]]));
    const asking = request(
      { host: "127.0.0.1", port, method, path: target, headers: { ...fields, host } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    asking.on("error", reject).end();
  });
}
