import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { compose } from "../../server/document/compose.ts";
import { gateWants } from "../../shared/gate.ts";
import { groupSchemas } from "../../shared/group.ts";
import { groupJsonSchema } from "../../shared/group-json-schema.ts";
import { encode } from "../../traefik/encode.ts";
import { documentOf } from "../../traefik/objects/document.ts";

const minimal = { name: "web", replicas: 1, service: { port: 3000 } };
/** One document of any protocol. */
const schema = z.union(Object.values(groupSchemas("3.7")));

function accepts(over: object): boolean {
  return schema.safeParse({ ...minimal, ...over }).success;
}
const balancer = (loadBalancer: object) => accepts({ service: { port: 1, loadBalancer } });
const check = (healthCheck: object) => balancer({ healthCheck });
const router = (over: object) => accepts({ router: { rule: "Host(`a`)", ...over } });

test("schema/group.schema.json is what the schema says; `npm run schema` writes it", () => {
  expect(JSON.parse(readFileSync("schema/group.schema.json", "utf8"))).toEqual(JSON.parse(groupJsonSchema()));
});

test.each<[string, object]>([
  [
    "HTTP",
    {
      service: {
        port: 3000,
        weights: { "web-0": 3, "web-1": 0 },
        loadBalancer: { healthCheck: { path: "/health", interval: "10s" }, sticky: { cookie: {} } },
      },
      router: { rule: "Host(`a`)", tls: {} },
    },
  ],
  [
    "TCP",
    {
      service: { protocol: "tcp", port: 5432, tls: true, loadBalancer: { healthCheck: {}, proxyProtocol: {} } },
      router: { rule: "HostSNI(`a`)", tls: { passthrough: true } },
    },
  ],
  ["UDP", { service: { protocol: "udp", port: 53 }, router: { entryPoints: ["dns"] } }],
])("what was read of a file of %s reads as the same again: the state directory keeps it so", (_, parts) => {
  const full = schema.parse({
    ...minimal,
    source: "local",
    gate: { minimum: "50%" },
    instance: { image: "web", config: { "limits.cpu": 2, "boot.autostart": true }, devices: { eth1: { type: "nic" } } },
    rollout: { image: "web-v2", partition: 1, maxUnavailable: "25%", progressDeadline: "90s" },
    ...parts,
  });
  expect(full).toMatchObject(parts);
  expect(schema.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
});

test("a share of the replicas is rounded up", () => {
  expect([0, 1, 2, 3, 4].map((replicas) => gateWants({ minimum: "50%" }, replicas))).toEqual([0, 1, 1, 2, 2]);
});

describe("what Traefik's decoder refuses is refused, for it would take the whole document with it", () => {
  test.each<[string, boolean, boolean]>([
    ["a duration in text", check({ interval: "1m30.5s" }), true],
    ["a duration in seconds", check({ interval: 10 }), true],
    ["a duration without unit", check({ interval: "10" }), false],
    ["half a second without unit", check({ interval: 1.5 }), false],
    ["a duration of 8760h", check({ interval: "8760h" }), true],
    ["a duration past 64 bits in text", check({ interval: "9999999999999h" }), false],
    ["a duration past 64 bits in seconds", check({ timeout: 9_300_000_000 }), false],
    ["a lone surrogate in a header", check({ headers: { a: "\ud83d" } }), false],
    ["a control character in a header", check({ headers: { a: "\u0001" } }), false],
    ["a header of two lines", check({ headers: { a: "b\nc: d" } }), false],
    ["an empty header", check({ headers: { a: "" } }), true],
    ["a lone surrogate in a path", check({ path: "/\udc00" }), false],
    ["an emoji in a path", check({ path: "/😀" }), true],
    ["servers", balancer({ servers: [] }), false],
    ["an unknown field", balancer({ fenced: true }), false],
    ["no entry points", router({ entryPoints: [] }), true],
    ["nothing as entry point", router({ entryPoints: ["web", null] }), false],
    ["an empty entry point", router({ entryPoints: [""] }), false],
    ["two entry points in one", router({ entryPoints: ["web, websecure"] }), false],
    ["Traefik's own separator of a list", router({ entryPoints: ["web\u2551evil"] }), false],
    ["a priority that is exact", router({ priority: Number.MAX_SAFE_INTEGER }), true],
    ["a priority that is not", router({ priority: 2 ** 53 }), false],
    ["a service of the router's own", router({ service: "other" }), false],
    ["tls as a word", router({ tls: "yes" }), false],
  ])("%s", (_, accepted, expected) => {
    expect(accepted).toBe(expected);
  });
});

describe("what Traefik would take in silence, and then serve nothing, is refused too", () => {
  const tcp = (loadBalancer: object) => accepts({ service: { protocol: "tcp", port: 1, loadBalancer } });
  const composed = (over: object) =>
    accepts({ service: { protocol: "tcp", port: 1 }, router: { rule: "HostSNI(`*`)", ...over } });
  const udp = (over: object) =>
    accepts({ service: { protocol: "udp", port: 1 }, router: { entryPoints: ["a"], ...over } });

  test.each<[string, boolean, boolean]>([
    ["version 1 of the proxy protocol", tcp({ proxyProtocol: { version: 1 } }), true],
    ["version 3 of it", tcp({ proxyProtocol: { version: 3 } }), false],
    ["a port that is none", tcp({ healthCheck: { port: 70_000 } }), false],
    ["two names of a transport in one", tcp({ serversTransport: "a, b" }), false],
    ["a name without TLS", composed({ rule: "HostSNI(`a`)" }), false],
    ["a name with TLS", composed({ rule: "HostSNI(`a`)", tls: {} }), true],
    ["no name at all", composed({ rule: "ClientIP(`10.0.0.0/8`)" }), true],
    ["no rule", accepts({ service: { protocol: "tcp", port: 1 }, router: {} }), false],
    ["a service of the router's own", composed({ service: "other" }), false],
    ["an entry point of UDP", udp({}), true],
    ["no entry point of UDP", udp({ entryPoints: [] }), false],
    ["entry points left out", udp({ entryPoints: undefined }), false],
    ["a rule of UDP", udp({ rule: "HostSNI(`*`)" }), false],
  ])("%s", (_, accepted, expected) => {
    expect(accepted).toBe(expected);
  });
});

interface Vector {
  readonly id: string;
  readonly payload: string;
  readonly encoding: string;
  readonly verdict: "accepted" | "rejected" | "wiped";
}
interface Written {
  readonly routers?: Record<string, object>;
  readonly services?: Record<string, { readonly loadBalancer?: object }>;
}

describe("of a document that the running Traefik rejected, no group makes one", () => {
  const vectors = readFileSync("test/vectors/documents.jsonl", "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Vector)
    .filter(({ verdict, encoding, payload }) => verdict === "rejected" && encoding === "utf8" && isJson(payload));

  test.each(vectors.map((vector) => [vector.id, vector.payload] as const))("%s", (_, payload) => {
    const http = (JSON.parse(payload) as { http?: Written } | null)?.http ?? {};
    const loadBalancer = Object.values(http.services ?? {})[0]?.loadBalancer;
    const written = Object.values(http.routers ?? {})[0];
    const parsed = schema.safeParse({
      ...minimal,
      name: "a",
      service: { port: 1, ...(loadBalancer && { loadBalancer: { ...loadBalancer, servers: undefined } }) },
      ...(written && { router: written }),
    });
    if (!parsed.success) return;
    const group = { ...parsed.data, source: "local", gate: "complete" as const };
    const roster = {
      source: "local",
      project: "default",
      names: [],
      protocol: "http",
      scheme: "http",
      port: 1,
    } as never;
    const plan = { groups: [{ group, inEffect: roster, serves: group, replicas: [] }], labelled: [] } as never;
    const body = encode(documentOf(compose(plan).served)).toString();
    for (const refused of ["{}", "\\u0000", "\\/", "\\ud83d"])
      expect(body.replaceAll('"tls":{}', "")).not.toContain(refused);
    expect(body).not.toBe(payload);
  });
});

function isJson(payload: string): boolean {
  try {
    JSON.parse(payload);
    return true;
  } catch {
    return false;
  }
}
