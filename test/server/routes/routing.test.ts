import { describe, expect, test } from "vitest";
import { noMemory } from "../../../server/memory.ts";
import { callRoll } from "../../../server/roll-call.ts";
import { type Candidate, type ObjectId, type ObjectValue, objectId } from "../../../server/routes/objects.ts";
import { routeRows } from "../../../server/routes/route-rows.ts";
import { noLabels, routing } from "../../../server/routes/routing.ts";
import { declare, group, instance, see } from "../../support/literals.ts";

const web = group("web", 1, { router: { rule: "Host(`web`)" } });
const service = objectId("http.services", "web");

function routed(
  candidates: readonly Candidate[],
  previous: readonly (readonly [ObjectId, ObjectValue])[] = [],
  present = true,
  traefik = "3.7",
) {
  const { plan } = callRoll(noMemory, declare(web), see(...(present ? [instance("web-0")] : [])));
  const routes = { files: new Map([["routes/a.yaml", candidates]]), problems: [] };
  return routing(plan, {
    routes,
    labelled: noLabels,
    previous: new Map(previous),
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

  test("never bring back a server that has left for the sake of a service's form of before", () => {
    const gone = { loadBalancer: { serversTransport: "t", servers: [{ url: "http://10.9.9.9:3000" }] } };
    const { objects } = routed([], [[service, gone]]);
    expect(JSON.stringify([...objects])).not.toContain("10.9.9.9");
  });

  test("are noted beside whatever else is said of them, and that comes first", () => {
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

  test("are never a document without any object: Traefik would remove everything", () => {
    const { plan } = callRoll(noMemory, declare(), see());
    const { objects } = routing(plan, {
      routes: { files: new Map(), problems: [] },
      labelled: noLabels,
      previous: new Map(),
      allowed: () => true,
      traefik: "3.7",
    });
    expect(Object.fromEntries(objects)).toEqual({
      "http.services/rollcall-nothing": { loadBalancer: { servers: [] } },
    });
  });
});
