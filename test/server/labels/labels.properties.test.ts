import fc from "fast-check";
import { expect, test } from "vitest";
import { decode } from "../../../traefik/decode/decode.ts";
import { encode } from "../../../traefik/encode.ts";
import { documentOf } from "../../../traefik/objects/document.ts";
import { kindOf } from "../../../traefik/objects/objects.ts";
import { hostsOf, isWithin } from "../../../traefik/rule/hosts.ts";
import { parseRule } from "../../../traefik/rule/parse.ts";
import { anyCharacter } from "../../support/any-character.ts";
import { runs } from "../../support/runs.ts";
import { labelWalk } from "../../support/server/labels.ts";
import { instance, see } from "../../support/server/literals.ts";

const name = fc.constantFrom("a", "b", "A", "web", "__proto__", "constructor", "x y", "[0]", "api@internal", "private");
const rule = fc.constantFrom(
  "Host(`a.example.com`)",
  "Host(`b.example.com`) && PathPrefix(`/`)",
  "Host(`a.example.com`) || Host(`bank.test`)",
  "!Host(`a.example.com`)",
  "HostSNI(`*`)",
  "HostSNI(`a.example.com`)",
  "PathPrefix(`/`)",
);
const value = fc.oneof(
  rule,
  fc.string({ unit: anyCharacter, maxLength: 8 }),
  fc.constantFrom(
    "true",
    "false",
    "80",
    "-1",
    "1e3",
    "99999999999999999999",
    "a,b",
    "10s",
    "\u2551",
    "",
    "http://10.0.0.9",
  ),
);
const field = fc.constantFrom(
  "http.routers.N.rule",
  "http.routers.N.service",
  "http.routers.N.middlewares",
  "http.routers.N.tls",
  "http.routers.N.tls.domains[0].main",
  "http.routers.N.tls.options",
  "http.routers.N.priority",
  "http.routers.N.parentrefs",
  "http.services.N.loadbalancer.server.port",
  "http.services.N.loadbalancer.server.url",
  "http.services.N.loadbalancer.server.weight",
  "http.services.N.loadbalancer.sticky",
  "http.services.N.loadbalancer.sticky.cookie.name",
  "http.services.N.loadbalancer.healthcheck.path",
  "http.services.N.loadbalancer.healthcheck.interval",
  "http.services.N.weighted.services[0].name",
  "http.services.N.failover.service",
  "http.services.N.failover.fallback",
  "http.middlewares.N.stripprefix.prefixes",
  "http.middlewares.N.headers.customrequestheaders.X-Y",
  "http.middlewares.N.forwardauth.address",
  "http.middlewares.N.chain.middlewares",
  "http.middlewares.N.plugin.p.q",
  "tcp.routers.N.rule",
  "tcp.routers.N.entrypoints",
  "tcp.services.N.loadbalancer.server.port",
  "tcp.services.N.weighted.services[0].name",
  "udp.routers.N.entrypoints",
  "udp.services.N.loadbalancer.server.port",
  "tls.options.default.minversion",
  "tls.stores.default.defaultgeneratedcert.resolver",
  "docker.allownonrunning",
);
const label = fc.oneof(
  {
    arbitrary: fc.tuple(field, name, value).map(([field, name, value]) => [field.replace("N", name), value]),
    weight: 12,
  },
  fc.tuple(fc.string({ maxLength: 12 }), value),
);
const keys = fc.array(label as fc.Arbitrary<[string, string]>, { maxLength: 14 }).map((labels) => ({
  ...Object.fromEntries(labels.map(([key, value]) => [`user.traefik.${key}`, value])),
  "user.traefik.enable": "true",
}));

test("whatever instances declare, Traefik takes the document, and no router is for a host that is not allowed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.constantFrom("running", "stopped")), { maxLength: 4 }), (all) => {
      const walk = labelWalk({
        settings: { allow: { default: { hosts: ["*.example.com"], ownEntryPoints: ["own"] } } },
      });
      const observed = see(
        ...all.map(([keys, state], index) => instance(`web-${index}`, { keys, state: state as "running" })),
      );
      const { composed } = walk(observed);
      const body = encode(documentOf(composed.served)).toString();
      const decoded = decode(body, "3.7");
      expect([decoded.verdict, "problems" in decoded ? decoded.problems : []]).toEqual(["accepted", []]);
      for (const [id, value] of composed.objects) {
        const kind = kindOf(id);
        if (kind !== "http.routers" && kind !== "tcp.routers") continue;
        const read = parseRule(String(value.rule), { kind: kind === "tcp.routers" ? "tcp" : "http", traefik: "3.7" });
        const hosts = read.ok ? hostsOf(read.rule) : "any";
        if (kind === "tcp.routers" && hosts === "any") expect(value.entryPoints).toEqual(["own"]);
        else expect(hosts !== "any" && hosts.every((host) => isWithin(host, "*.example.com"))).toBe(true);
      }
      expect(composed.labelled).toHaveLength(all.length);
    }),
    { numRuns: runs(60) },
  );
});
