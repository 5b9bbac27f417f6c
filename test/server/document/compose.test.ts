import { describe, expect, test } from "vitest";
import { compose, noLabels, noPrevious } from "../../../server/document/compose.ts";
import { routeRows } from "../../../server/document/router-rows.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { type Candidate, type ObjectId, type ObjectValue, objectId } from "../../../traefik/objects/objects.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

const web = group("web", 1, { router: { rule: "Host(`web`)" } });
const service = objectId("http.services", "web");
const unlabelled = { labelled: noLabels, traefik: "3.7" };

function routed(
  candidates: readonly Candidate[],
  previous: readonly (readonly [ObjectId, ObjectValue])[] = [],
  present = true,
  traefik = "3.7",
) {
  const { plan } = callRoll(noMemory, declare(web), see(...(present ? [instance("web-0")] : [])));
  const routes = { files: new Map([["routes/a.yaml", candidates]]), problems: [] };
  return compose(plan, {
    routes,
    labelled: noLabels,
    previous: { ...noPrevious, objects: new Map(previous), served: new Map(previous) },
    allowed: () => false,
    traefik,
  });
}
const candidate = (id: ObjectId, value: ObjectValue): Candidate => ({ id, value, origin: "routes/a.yaml:1:1" });

describe("the groups and the route files", () => {
  test("are one document: a route may name a group", () => {
    const router = { rule: "Host(`a`)", service: "web" };
    const { objects, remarks } = routed([candidate("http.routers/a", router)]);
    expect([...objects.keys()]).toEqual(["http.routers/a", "http.routers/web", "http.services/web"]);
    expect(remarks).toEqual([]);
  });

  test.each([true, false])("never overwrite each other, whether the group is in effect (%s) or not", (present) => {
    const theft = { rule: "Host(`web`)", service: "other" };
    const balancer = { loadBalancer: { servers: [{ url: "http://10.9.9.9" }] } };
    const taken = [
      candidate("http.routers/web", theft),
      candidate(service, balancer),
      candidate("http.services/other", balancer),
    ];
    const { objects, remarks } = routed(taken, [], present);
    expect(objects.get("http.routers/web")).toEqual(present ? { rule: "Host(`web`)", service: "web" } : undefined);
    expect(JSON.stringify(objects.get(service) ?? "")).not.toContain("10.9.9.9");
    expect(remarks.filter(({ reason }) => reason.includes("group web has that name too"))).toHaveLength(2);
  });

  test("never bring back a server that has left for the sake of a service's previous form", () => {
    const gone = { loadBalancer: { serversTransport: "t", servers: [{ url: "http://10.9.9.9:3000" }] } };
    const { objects } = routed([], [[service, gone]]);
    expect(JSON.stringify([...objects])).not.toContain("10.9.9.9");
  });

  test("are noted with everything else that is reported of them, which comes first", () => {
    const never = { ...candidate("http.routers/a", { rule: "Host(`a:80`)", service: "web" }), note: "x: is altered" };
    const { objects, remarks } = routed([never]);
    expect(remarks.map(({ id, origin, state }) => [id, origin, state])).toEqual([
      ["http.routers/a", "routes/a.yaml:1:1", "altered"],
      ["http.routers/a", "routes/a.yaml:1:1", "noted"],
    ]);
    expect(routeRows({ objects, remarks }).map(({ state }) => state)).toEqual(["altered", "served"]);
  });

  test("are noted in the form that is served", () => {
    const before: [ObjectId, ObjectValue][] = [["http.routers/a", { rule: "Host(`a:80`)", service: "web" }]];
    const { remarks } = routed([candidate("http.routers/a", { rule: "Host(`a`)", service: "nobody" })], before);
    expect(remarks.map(({ state }) => state)).toEqual(["previous", "noted"]);
    expect(routed([candidate("http.routers/a", { rule: "Host(`*.a`)", service: "web" })]).remarks).toEqual([]);
    const older = routed([candidate("http.routers/a", { rule: "Host(`*.a`)", service: "web" })], [], true, "3.6");
    expect(older.remarks.map(({ state }) => state)).toEqual(["noted"]);
  });

  test("a weighted service with a healthCheck goes without a group whose replicas have stopped, and that is noted", () => {
    const loadBalancer = { healthCheck: { path: "/" } };
    const service = { protocol: "http", scheme: "http", port: 3000, loadBalancer } as const;
    const declared = declare(group("web", 1, { service }), group("next", 1, { service }));
    const { memory } = callRoll(noMemory, declared, see(instance("web-0"), instance("next-0")));
    const { plan } = callRoll(memory, declared, see(instance("web-0")));
    const [first, second] = [
      { name: "web", weight: 1 },
      { name: "next", weight: 1 },
    ];
    const shop = { weighted: { healthCheck: {}, services: [first, second] } };
    const files = new Map([["routes/a.yaml", [candidate("http.services/shop", shop)]]]);
    const options = { ...unlabelled, routes: { files, problems: [] }, previous: noPrevious, allowed: () => false };
    const { objects, served, remarks } = compose(plan, options);
    expect(objects.get("http.services/shop")).toEqual(shop);
    expect(served.get("http.services/shop")).toEqual({ weighted: { healthCheck: {}, services: [first] } });
    const reason =
      "weighted.services[1]: next has no server that takes requests; it is left out until it has one again";
    expect(remarks).toEqual([{ id: "http.services/shop", origin: "routes/a.yaml:1:1", state: "noted", reason }]);
  });

  test("are never a document without any object: Traefik would remove everything", () => {
    const { plan } = callRoll(noMemory, declare(), see());
    const { served } = compose(plan, {
      routes: { files: new Map(), problems: [] },
      labelled: noLabels,
      previous: noPrevious,
      allowed: () => true,
      traefik: "3.7",
    });
    expect(Object.fromEntries(served)).toEqual({
      "http.services/rollcall-nothing": { loadBalancer: { servers: [] } },
    });
  });
});

describe("a group that is to speak another protocol", () => {
  const http = group("web", 2, {
    service: { protocol: "http", scheme: "http", port: 3000, loadBalancer: { strategy: "p2c" } },
    router: { rule: "Host(`web`)" },
  });
  const tcp = group("web", 2, {
    service: { protocol: "tcp", port: 5432 },
    router: { rule: "HostSNI(`*`)", entryPoints: ["db"] },
  });
  const full = see(instance("web-0"), instance("web-1"));
  const { memory } = callRoll(noMemory, declare(http), full);
  const half = callRoll(memory, declare(tcp), see(instance("web-0")));
  const options = { ...unlabelled, previous: noPrevious, allowed: () => false };
  const none = { files: new Map(), problems: [] };

  test("is served as before until its roll call is complete, with the members of now", () => {
    expect(Object.fromEntries(compose(half.plan, { ...options, routes: none }).objects)).toEqual({
      "http.routers/web": { rule: "Host(`web`)", service: "web" },
      "http.services/web": { loadBalancer: { strategy: "p2c", servers: [{ url: "http://10.0.0.0:3000" }] } },
    });
    const { plan } = callRoll(half.memory, declare(tcp), full);
    expect([...compose(plan, { ...options, routes: none }).objects.keys()]).toEqual([
      "tcp.routers/web",
      "tcp.services/web",
    ]);
  });

  test("is served with only its servers if the previous declaration is not known", () => {
    const groups = new Map([...memory.groups].map(([name, { declared: _, ...one }]) => [name, one]));
    const { plan } = callRoll({ ...memory, groups }, declare(tcp), see(instance("web-0")));
    expect(Object.fromEntries(compose(plan, { ...options, routes: none }).objects)).toEqual({
      "http.services/web": { loadBalancer: { servers: [{ url: "http://10.0.0.0:3000" }] } },
    });
  });

  test("has its name in both sections, and what waits for the new one waits", () => {
    const balancer = { loadBalancer: { servers: [{ address: "10.9.9.9:1" }] } };
    const split = (name: string) => ({
      weighted: {
        services: [
          { name: "other", weight: 1 },
          { name, weight: 1 },
        ],
      },
    });
    const written = [
      candidate("tcp.services/web", balancer),
      candidate("tcp.routers/web", { rule: "HostSNI(`*`)", service: "other" }),
      candidate("http.services/web", { loadBalancer: { servers: [] } }),
      candidate("tcp.services/other", balancer),
      candidate("tcp.services/split", split("web")),
      candidate("udp.services/web", balancer),
    ];
    const routes = { files: new Map([["routes/a.yaml", written]]), problems: [] };
    const { objects, remarks } = compose(half.plan, { ...options, routes });
    expect([...objects.keys()]).toEqual([
      "http.routers/web",
      "http.services/web",
      "tcp.services/other",
      "tcp.services/split",
      "udp.services/web",
    ]);
    expect(objects.get("tcp.services/split")).toEqual({ weighted: { services: [{ name: "other", weight: 1 }] } });
    expect(remarks.filter(({ reason }) => reason.includes("group web has that name too"))).toHaveLength(3);
    expect(remarks.find(({ id }) => id === "tcp.services/split")?.reason).toBe(
      "weighted.services[1]: group web is not in effect yet",
    );
  });
});

describe("a UDP group", () => {
  const dns = group("dns", 1, { service: { protocol: "udp", port: 53 }, router: { entryPoints: ["dns"] } });
  const routes = { files: new Map(), problems: [] };
  const first = callRoll(noMemory, declare(dns, web), see(instance("dns-0"), instance("web-0")));
  const before = compose(first.plan, { ...unlabelled, routes, previous: noPrevious, allowed: () => false });
  const servedLater = (...groups: Parameters<typeof declare>) => {
    const { plan } = callRoll(first.memory, declare(...groups), see(instance("web-0")));
    return Object.fromEntries(compose(plan, { ...unlabelled, routes, previous: before, allowed: () => false }).served);
  };

  test("that is removed leaves a router without servers behind", () => {
    expect(servedLater(web)).toMatchObject({
      "udp.routers/dns": { entryPoints: ["dns"], service: "dns-ended" },
      "udp.services/dns-ended": { loadBalancer: { servers: [] } },
    });
  });

  test("that has no replica left, or none declared, has no servers", () => {
    const empty = { "udp.routers/dns": { service: "dns" }, "udp.services/dns": { loadBalancer: { servers: [] } } };
    expect(servedLater(dns, web)).toMatchObject(empty);
    expect(servedLater({ ...dns, replicas: 0 }, web)).toMatchObject(empty);
  });

  test("that is to speak TCP, and does, leaves one behind too", () => {
    const { router: _, ...tcp } = { ...dns, service: { protocol: "tcp", port: 53 } as const };
    const { plan } = callRoll(first.memory, declare(tcp, web), see(instance("dns-0"), instance("web-0")));
    const { served } = compose(plan, { ...unlabelled, routes, previous: before, allowed: () => false });
    expect(Object.fromEntries(served)).toMatchObject({
      "tcp.services/dns": { loadBalancer: { servers: [{ address: "10.0.0.0:53" }] } },
      "udp.services/dns-ended": { loadBalancer: { servers: [] } },
    });
  });
});
