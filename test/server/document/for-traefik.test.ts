import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { forTraefik } from "../../../server/document/for-traefik.ts";
import { type ObjectValue, objectId } from "../../../traefik/objects/objects.ts";

const service = (name: string) => objectId("http.services", name);
const one = { loadBalancer: { servers: [{ url: "http://10.0.0.1" }] } };
const none = { loadBalancer: { servers: [] } };
/** What is served in place of failover `safe`. */
function served(services: Readonly<Record<string, ObjectValue>>): ObjectValue | undefined {
  const objects = Object.entries(services).map(([name, value]) => [service(name), value] as const);
  const value = forTraefik(new Map(objects), new Map(), "3.7").get(service("safe"));
  return isDeepStrictEqual(value, services.safe) ? undefined : value;
}
const safe = (more: object = {}) => ({ safe: { failover: { service: "main", fallback: "spare", ...more } } });
const weighted = (...names: string[]) => ({ weighted: { services: names.map((name) => ({ name, weight: 1 })) } });
const zero = { name: "a", weight: 0 };
/** Services that mirror each other, the last one without servers. */
const chain = (length: number) => ({
  ...Object.fromEntries(Array.from({ length }, (_, n) => [`${n}`, { mirroring: { service: `${n + 1}` } }])),
  [length]: none,
});

describe("a failover", () => {
  test("is its fallback if its service has no servers, with its other fields", () => {
    expect(served({ safe: { ...safe({ healthCheck: {} }).safe, middlewares: ["m"] }, main: none, spare: one })).toEqual(
      {
        middlewares: ["m"],
        weighted: { services: [{ name: "spare", weight: 1 }], healthCheck: {} },
      },
    );
  });

  test.each<[string, Readonly<Record<string, ObjectValue>>]>([
    ["has somebody", { ...safe(), main: one, spare: one }],
    ["and whose fallback have nobody", { ...safe(), main: none, spare: none }],
    ["is another provider's", { ...safe({ service: "main@file" }), spare: one }],
    ["fails over by status", { ...safe({ errors: { status: ["503"] } }), main: none, spare: one }],
    ["has somebody in one of its services", { ...safe(), main: weighted("a", "b"), a: none, b: one, spare: one }],
  ])("stays as it is where its service %s", (_, services) => expect(served(services)).toBeUndefined());

  test.each<[string, Readonly<Record<string, ObjectValue>>]>([
    ["weighted services", { main: weighted("a", "b"), a: none, b: none }],
    ["a mirrored service", { main: { mirroring: { service: "a" } }, a: none }],
    ["another failover", { main: { failover: { service: "a", fallback: "b" } }, a: none, b: none }],
  ])("looks through %s", (_, services) => {
    expect(served({ ...safe(), ...services, spare: one })).toMatchObject({
      weighted: { services: [{ name: "spare" }] },
    });
  });
});

describe("a weighted service with a healthCheck", () => {
  const shares = (names: readonly string[], more: object = { healthCheck: {} }) => ({
    weighted: { services: names.map((name) => ({ name, weight: 1 })), ...more },
  });

  test("goes without a child that has no server, whatever else it says", () => {
    const safe = shares(["a", "b", "c"], { healthCheck: {}, sticky: { cookie: {} } });
    expect(served({ safe: { ...safe, middlewares: ["m"] }, a: one, b: none, c: one })).toEqual({
      ...shares(["a", "c"], { healthCheck: {}, sticky: { cookie: {} } }),
      middlewares: ["m"],
    });
  });

  test("so does one that chooses by the client's address", () => {
    const safe = (...names: string[]) => ({ highestRandomWeight: shares(names).weighted });
    expect(served({ safe: safe("a", "b"), a: one, b: none })).toEqual(safe("a"));
  });

  test.each<[string, Readonly<Record<string, ObjectValue>>]>([
    ["a weighted service", { b: shares(["c"]), c: none }],
    ["a weighted service whose only share with servers is 0", { b: { weighted: { services: [zero] } }, a: one }],
    ["servers of weight 0 alone", { b: { loadBalancer: { servers: [{ url: "http://10.0.0.2", weight: 0 }] } } }],
    ["no list of servers", { b: { loadBalancer: {} } }],
    ["a mirrored service", { b: { mirroring: { service: "c" } }, c: none }],
    ["a failover", { b: { failover: { service: "c", fallback: "c" } }, c: none }],
    ["a chain of 20,000 services", { ...chain(20_000), b: { mirroring: { service: "0" } } }],
  ])("a child is empty through %s", (_, services) =>
    expect(served({ safe: shares(["a", "b"]), a: one, ...services })).toEqual(shares(["a"])),
  );

  test.each<[string, Readonly<Record<string, ObjectValue>>]>([
    ["has no healthCheck", { safe: shares(["a", "b"], {}), a: one, b: none }],
    ["has no child with servers", { safe: shares(["a", "b"]), a: none, b: none }],
    ["has servers in all its children", { safe: shares(["a", "b"]), a: one, b: one }],
    [
      "has a child that balances without regard to weights",
      {
        safe: shares(["a", "b"]),
        a: one,
        b: { loadBalancer: { strategy: "p2c", servers: [{ url: "http://10.0.0.2", weight: 0 }] } },
      },
    ],
    ["names another provider's service", { safe: shares(["a", "b@file"]), a: one }],
  ])("stays as it is if it %s", (_, services) => expect(served(services)).toBeUndefined());

  test("of TCP goes without its empty children too", () => {
    const tcp = (name: string) => objectId("tcp.services", name);
    const stream = { loadBalancer: { servers: [{ address: "10.0.0.1:80" }] } };
    const objects = new Map<ReturnType<typeof objectId>, ObjectValue>([
      [tcp("a"), stream],
      [tcp("b"), none],
      [tcp("safe"), shares(["a", "b"])],
    ]);
    expect(forTraefik(objects, new Map(), "3.7").get(tcp("safe"))).toEqual(shares(["a"]));
  });
});

describe("a UDP router that goes", () => {
  const router = { entryPoints: ["dns"], service: "dns" };
  const before = new Map([[objectId("udp.routers", "dns"), router]]);
  const standIn = {
    "udp.routers/dns": { entryPoints: ["dns"], service: "dns-ended" },
    "udp.services/dns-ended": { loadBalancer: { servers: [] } },
  };

  test("leaves one behind that forwards nothing, each time", () => {
    const ended = forTraefik(new Map(), before, "3.7");
    expect(Object.fromEntries(ended)).toEqual(standIn);
    expect(Object.fromEntries(forTraefik(new Map(), ended, "3.7"))).toEqual(standIn);
  });

  test("leaves none where another takes its entry point, or where it is back", () => {
    const other = new Map([[objectId("udp.routers", "other"), { entryPoints: ["dns"], service: "x" }]]);
    expect(forTraefik(other, before, "3.7")).toEqual(other);
    expect(forTraefik(before, before, "3.7")).toEqual(before);
  });
});
