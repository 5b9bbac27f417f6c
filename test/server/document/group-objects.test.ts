import { describe, expect, test } from "vitest";
import { compose, noLabels, noPrevious } from "../../../server/document/compose.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import type { Routes } from "../../../server/routes/parse-routes.ts";
import { encode } from "../../../traefik/encode.ts";
import { documentOf } from "../../../traefik/objects/document.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

function document(groups: ReturnType<typeof group>[], ...instances: ReturnType<typeof instance>[]) {
  const { served } = compose(callRoll(noMemory, declare(...groups), see(...instances)).plan);
  return documentOf(served) as { http: { routers?: Record<string, object>; services: Record<string, object> } };
}

describe("the document", () => {
  test("has a service and a router for a group, and its servers by name", () => {
    const web = group("web", 11, { router: { rule: "Host(`web.localhost`)", priority: 7 } });
    const made = document([web], ...Array.from({ length: 11 }, (_, i) => instance(`web-${i}`)));
    expect(made.http.routers).toEqual({ web: { rule: "Host(`web.localhost`)", priority: 7, service: "web" } });
    const { servers } = (made.http.services.web as { loadBalancer: { servers: { url: string }[] } }).loadBalancer;
    expect(servers.map(({ url }) => url).slice(0, 3)).toEqual([
      "http://10.0.0.0:3000",
      "http://10.0.0.1:3000",
      "http://10.0.0.10:3000",
    ]);
  });

  test("has what a group names app@http, Traefik's own name of it, as app", () => {
    const web = group("web", 1, { router: { rule: "Host(`a`)", middlewares: ["gzip@http", "auth@file"] } });
    const middlewares = new Map([
      ["routes/m.yaml", [{ id: "http.middlewares/gzip", value: { compress: {} }, origin: "m" }]],
    ]);
    const { plan } = callRoll(noMemory, declare(web), see(instance("web-0")));
    const routes = { files: middlewares, problems: [] } as Routes;
    const options = {
      labelled: noLabels,
      previous: noPrevious,
      allowed: (name: string) => name === "auth@file",
      traefik: "3.7",
    };
    const { objects, remarks } = compose(plan, { routes, ...options });
    expect(objects.get("http.routers/web")).toMatchObject({ middlewares: ["gzip", "auth@file"] });
    expect(remarks).toEqual([]);
  });

  test("has no routers field if no group has a router: Traefik would refuse an empty map", () => {
    expect(document([group("web", 0)])).toEqual({ http: { services: { web: { loadBalancer: { servers: [] } } } } });
  });

  test("puts brackets around an IPv6 address and names the scheme", () => {
    const web = group("web", 1, { service: { protocol: "http", scheme: "h2c", port: 8443 } });
    expect(document([web], instance("web-0", { address: "fd77::1" })).http.services.web).toEqual({
      loadBalancer: { servers: [{ url: "h2c://[fd77::1]:8443" }] },
    });
  });

  test("has the servers of TCP and UDP as addresses, in sections of their own", () => {
    const db = group("db", 2, {
      service: { protocol: "tcp", port: 5432, tls: true, loadBalancer: { proxyProtocol: {}, healthCheck: {} } },
      router: { rule: "HostSNI(`db`)", entryPoints: ["db"], tls: { passthrough: true, domains: [] } },
    });
    const dns = group("dns", 1, { service: { protocol: "udp", port: 53 }, router: { entryPoints: ["dns"] } });
    const there = [instance("db-0"), instance("db-1", { address: "fd77::1" }), instance("dns-0")];
    expect(document([db, dns], ...there)).toEqual({
      tcp: {
        routers: {
          db: { rule: "HostSNI(`db`)", entryPoints: ["db"], tls: { passthrough: true, domains: [] }, service: "db" },
        },
        services: {
          db: {
            loadBalancer: {
              proxyProtocol: {},
              healthCheck: {},
              servers: [
                { address: "10.0.0.0:5432", tls: true },
                { address: "[fd77::1]:5432", tls: true },
              ],
            },
          },
        },
      },
      udp: {
        routers: { dns: { entryPoints: ["dns"], service: "dns" } },
        services: { dns: { loadBalancer: { servers: [{ address: "10.0.0.0:53" }] } } },
      },
    });
  });

  test("leaves the field out if the servers do not speak TLS", () => {
    const db = group("db", 1, { service: { protocol: "tcp", port: 5432, tls: false } });
    expect(document([db], instance("db-0"))).toEqual({
      tcp: { services: { db: { loadBalancer: { servers: [{ address: "10.0.0.0:5432" }] } } } },
    });
  });

  test("leaves out empty maps that the decoder refuses, and keeps those that say something", () => {
    const service = {
      protocol: "http",
      scheme: "http",
      port: 3000,
      loadBalancer: {
        sticky: { cookie: {} },
        healthCheck: { headers: {} },
        responseForwarding: {},
        passiveHealthCheck: {},
      },
    } as const;
    const router = { rule: "Host(`a`)", tls: {}, observability: {}, entryPoints: [] };
    const made = document([group("web", 0, { service, router })]);
    expect(made.http.services.web).toEqual({ loadBalancer: { sticky: { cookie: {} }, servers: [] } });
    expect(made.http.routers?.web).toEqual({ rule: "Host(`a`)", tls: {}, entryPoints: [], service: "web" });
  });
});

describe("the bytes", () => {
  test("are the same for any order of keys", () => {
    expect(encode({ b: 1, a: { d: [1, { f: 1, e: 2 }], c: "x" } })).toEqual(
      encode({ a: { c: "x", d: [1, { e: 2, f: 1 }] }, b: 1 }),
    );
  });

  test("escape what Traefik's reader refuses raw, and leave the rest", () => {
    expect(encode({ a: "\u007f\u0090\ufffe é 🦊" }).toString()).toBe('{"a":"\\u007f\\u0090\\ufffe é 🦊"}');
  });
});
