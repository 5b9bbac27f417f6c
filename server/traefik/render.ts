import { isIPv6 } from "node:net";
import { byCodePoint } from "../../shared/by-code-point.ts";
import { type GroupPlan, membersOf, type Plan } from "../plan.ts";
import type { Roster } from "../roster.ts";
import { type Candidate, kindOf, nameOf, type ObjectId, type ObjectValue, objectId } from "../routes/objects.ts";

/** Traefik's dynamic configuration, as its HTTP provider reads it: by section and kind, then by name. */
export type RenderedDocument = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the groups in effect want served: a service each, and where declared a router. */
export function groupCandidates(plan: Plan): Candidate[] {
  return plan.groups.flatMap((plan): Candidate[] => {
    const { group, inEffect } = plan;
    if (!inEffect) return [];
    const origin = `group ${group.name}`;
    const service = { id: objectId("http.services", group.name), value: serviceOf(plan, inEffect), origin };
    if (!group.router) return [service];
    const router = { ...withoutEmpties(group.router), service: group.name };
    return [service, { id: objectId("http.routers", group.name), value: router, origin }];
  });
}

/** The document of the objects. Traefik refuses an empty map, so what has none is left out. */
export function render(objects: ReadonlyMap<ObjectId, ObjectValue>): RenderedDocument {
  const document: Record<string, Record<string, Record<string, unknown> | ObjectValue[]>> = {};
  for (const [id, value] of objects) {
    const [section = "", part = ""] = kindOf(id).split(".");
    const parts = document[section] ?? {};
    document[section] = parts;
    const known = parts[part] ?? (part === "certificates" ? [] : {});
    parts[part] = known;
    if (Array.isArray(known)) known.push(value);
    else known[nameOf(id)] = value;
  }
  return document;
}

function serviceOf(plan: GroupPlan, roster: Roster): ObjectValue {
  const members = membersOf(plan).sort((a, b) => byCodePoint(a.replica, b.replica));
  const servers = members.map(({ address }) => ({ url: serverUrl(roster, address) }));
  // `servers: []` is meant as it stands: Traefik answers 503, where a service left out would be a 404.
  return { loadBalancer: { ...withoutEmpties(plan.group.service.loadBalancer ?? {}), servers } };
}

function serverUrl({ scheme, port }: Roster, address: string): string {
  return `${scheme}://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** Keys whose empty map is taken and says something: `tls: {}` is TLS with the default certificate, `cookie: {}` a cookie by its default name. */
const meaningful = new Set(["tls", "sticky", "cookie", "compress"]);

/**
 * Leaves out the empty maps that Traefik's decoder refuses ("cannot be a standalone element"), and what becomes empty by it.
 * One of them would make Traefik reject the whole document.
 */
function withoutEmpties(value: object): ObjectValue {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (inner === undefined) return [];
      if (Array.isArray(inner))
        return [[key, inner.map((item) => (typeof item === "object" ? withoutEmpties(item) : item))]];
      if (typeof inner !== "object") return [[key, inner]];
      const kept = withoutEmpties(inner);
      return Object.keys(kept).length > 0 || meaningful.has(key) ? [[key, kept]] : [];
    }),
  );
}
