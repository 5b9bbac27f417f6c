import { describe, expect, test } from "vitest";
import { flatten } from "../../../../server/outputs/key-value/flatten.ts";
import type { ObjectDocument } from "../../../../traefik/objects/document.ts";
import { goldenDocument } from "../../../support/cases/golden.ts";

const etcd = { prefix: "traefik", keepsEmpty: true };
const redis = { prefix: "traefik", keepsEmpty: false };
const keysOf = (document: ObjectDocument, store = etcd) => Object.fromEntries(flatten(document, store).keys);
const rule = "Host(`a.test`, `b.test`)";
const app = { loadBalancer: { servers: [{ url: "http://10.0.0.1" }] } };
const appKeys = { "traefik/http/services/app/loadBalancer/servers/0000/url": "http://10.0.0.1" };
const empty = { "traefik/http/services/rollcall-left-out/loadBalancer/servers": "true" };
const noServers = { loadBalancer: { servers: [] } };

describe("a document becomes keys", () => {
  test.each<[string, ObjectDocument, Record<string, string>]>([
    [
      "numbers and booleans are text, and a rule keeps its commas",
      { http: { routers: { web: { rule, priority: 7, observability: { tracing: false } } } } },
      {
        "traefik/http/routers/web/rule": rule,
        "traefik/http/routers/web/priority": "7",
        "traefik/http/routers/web/observability/tracing": "false",
      },
    ],
    [
      "places in lists are of one width, since they are sorted as text",
      { http: { middlewares: { m: { chain: { middlewares: Array.from({ length: 11 }, (_, n) => `m${n}`) } } } } },
      Object.fromEntries(
        Array.from({ length: 11 }, (_, n) => [
          `traefik/http/middlewares/m/chain/middlewares/${String(n).padStart(4, "0")}`,
          `m${n}`,
        ]),
      ),
    ],
    [
      "what is accepted empty is true",
      { http: { routers: { web: { rule, tls: {} } }, middlewares: { zip: { compress: {} } } } },
      {
        "traefik/http/routers/web/rule": rule,
        "traefik/http/routers/web/tls": "true",
        "traefik/http/middlewares/zip/compress": "true",
      },
    ],
    [
      "services without servers stay",
      {
        http: { services: { a: noServers } },
        tcp: { services: { b: noServers } },
        udp: { services: { c: noServers } },
      },
      {
        "traefik/http/services/a/loadBalancer/servers": "true",
        "traefik/tcp/services/b/loadBalancer/servers": "true",
        "traefik/udp/services/c/loadBalancer/servers": "true",
      },
    ],
    [
      "certificates are a list",
      { tls: { certificates: [{ certFile: "/a", keyFile: "/b" }] } as never },
      { "traefik/tls/certificates/0000/certFile": "/a", "traefik/tls/certificates/0000/keyFile": "/b" },
    ],
    [
      "without an object there is one that does nothing, since a Redis without keys is not noticed",
      {},
      { "traefik/http/services/rollcall-nothing/loadBalancer/servers": "true" },
    ],
  ])("%s", (_, document, keys) => {
    expect(keysOf(document)).toEqual(keys);
    expect(flatten(document, redis)).toEqual({ keys: new Map(Object.entries(keys)), warnings: [] });
  });
});

describe("what can't be keys is left out, named with its cure, and what needs it is closed", () => {
  const notHere = "Traefik does not read from a key-value store: use the provider HTTP or file";
  test.each<[string, ObjectDocument, readonly string[], Record<string, string>]>([
    [
      "a list item with a comma: its router keeps its rule, so that no wider one gets its requests",
      {
        http: {
          services: { app },
          middlewares: { auth: { basicAuth: { users: ["ann:secret,"] } } },
          routers: { web: { rule, service: "app", middlewares: ["auth"], priority: 9, tls: {} } },
        },
      },
      [
        `middleware auth is left out: basicAuth.users has an item with a comma, which ${notHere}; routers that need it are closed`,
      ],
      {
        ...appKeys,
        "traefik/http/routers/web/rule": rule,
        "traefik/http/routers/web/priority": "9",
        "traefik/http/routers/web/tls": "true",
        "traefik/http/routers/web/service": "rollcall-left-out",
        ...empty,
      },
    ],
    [
      "a name that is a number, and what has it in its chain",
      {
        http: {
          middlewares: { "12": { addPrefix: { prefix: "/x" } }, all: { chain: { middlewares: ["12"] } } },
          services: { app },
          routers: { web: { rule, service: "app", middlewares: ["all"] } },
        },
      },
      [
        "middleware 12 is left out: its name is a number, which Traefik takes for a place in a list: rename it; routers that need it are closed",
      ],
      {
        ...appKeys,
        "traefik/http/routers/web/rule": rule,
        "traefik/http/routers/web/service": "rollcall-left-out",
        ...empty,
      },
    ],
    [
      "a router's own name",
      { http: { services: { app }, routers: { "a/b": { rule, service: "app" } } } },
      ["router a/b is left out: its name has a slash: rename it; routers that need it are closed"],
      {
        ...appKeys,
        "traefik/http/routers/rollcall-left-out-a-b-612f62/rule": rule,
        "traefik/http/routers/rollcall-left-out-a-b-612f62/service": "rollcall-left-out",
        ...empty,
      },
    ],
    [
      "names that differ only in case: the first stays",
      { http: { services: { App: app, app } } },
      [
        "service app is left out: its name differs from App only in case, which Traefik does not tell apart here: rename one",
      ],
      { "traefik/http/services/App/loadBalancer/servers/0000/url": "http://10.0.0.1" },
    ],
    [
      "a share of a weighted service, which goes on without it",
      {
        http: {
          services: { app, "a@b": app, both: { weighted: { services: [{ name: "app" }, { name: "a@b" }] } } },
        },
      },
      ["service a@b is left out: its name has an @: rename it; routers that need it are closed"],
      { ...appKeys, "traefik/http/services/both/weighted/services/0000/name": "app" },
    ],
    [
      "what is empty where Traefik's key-value stores can't have it so",
      { http: { services: { app, f: { failover: { service: "app", healthCheck: {} } } } } },
      [`service f is left out: failover.healthCheck is empty, which ${notHere}`],
      appKeys,
    ],
    [
      "the TLS options of a router: it is closed without them",
      {
        http: { services: { app }, routers: { web: { rule, service: "app", tls: { options: "1" } } } },
        tls: { options: { "1": { sniStrict: true } } },
      },
      [
        "tls options 1 is left out: its name is a number, which Traefik takes for a place in a list: rename it; routers that need it are closed",
      ],
      {
        ...appKeys,
        "traefik/http/routers/web/rule": rule,
        "traefik/http/routers/web/tls": "true",
        "traefik/http/routers/web/service": "rollcall-left-out",
        ...empty,
      },
    ],
  ])("%s", (_, document, warnings, keys) => {
    const flat = flatten(document, etcd);
    expect({ warnings: flat.warnings, keys: Object.fromEntries(flat.keys) }).toEqual({ warnings, keys });
  });

  test("an empty value is a key of etcd, and none of Redis", () => {
    const document = { http: { middlewares: { m: { headers: { customRequestHeaders: { "X-A": "" } } } } } };
    expect(keysOf(document)).toEqual({ "traefik/http/middlewares/m/headers/customRequestHeaders/X-A": "" });
    expect(flatten(document, redis)).toEqual({
      keys: new Map([["traefik/http/services/rollcall-nothing/loadBalancer/servers", "true"]]),
      warnings: [
        "middleware m is left out: headers.customRequestHeaders.X-A is empty, which Traefik does not read from Redis: use etcd",
      ],
    });
  });

  test("without the TLS options of all nothing is written", () => {
    const options = { default: { alpnProtocols: ["a,b"] } };
    expect(() => flatten({ tls: { options } }, etcd)).toThrow("tls options default can't be written");
  });

  test("the golden document has no key twice and no empty part", () => {
    for (const store of [etcd, redis]) {
      const { keys } = flatten(goldenDocument() as ObjectDocument, store);
      expect(keys.size).toBeGreaterThan(700);
      expect(new Set([...keys.keys()].map((key) => key.toLowerCase())).size).toBe(keys.size);
      expect([...keys.keys()].filter((key) => !key.startsWith("traefik/") || key.split("/").includes(""))).toEqual([]);
    }
  });
});
