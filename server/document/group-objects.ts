import { isIPv6 } from "node:net";
import { byCodePoint } from "../../files/by-code-point.ts";
import type { Protocol } from "../../shared/group-service.ts";
import {
  type Candidate,
  kindOf,
  nameOf,
  type ObjectId,
  type ObjectValue,
  objectId,
} from "../../traefik/objects/objects.ts";
import { type GroupPlan, type Member, membersOf, type Plan } from "../roll-call/plan.ts";
import type { Roster } from "../roll-call/roster.ts";
import { balancesBlindly } from "../roll-call/weights.ts";
import { emptyFailovers } from "./empty-failovers.ts";

/** Traefik's dynamic configuration, as its HTTP provider reads it: by section and kind, then by name. */
export type RenderedDocument = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * What the groups in effect want served: a service each, and where declared a router, both in the section of the roster in effect.
 * While a roster of another protocol is pending, all of it is of the declaration before; where that is not known (the disk has
 * none), the service goes on with nothing but its servers, and without a router.
 */
export function groupCandidates(plan: Plan): Candidate[] {
  return plan.groups.flatMap((plan): Candidate[] => {
    const { group, inEffect } = plan;
    if (!inEffect) return [];
    const { protocol } = inEffect;
    const origin = `group ${group.name}`;
    const declared = [group, plan.former].find((one) => one?.service.protocol === protocol);
    const remarks = plan.replicas.flatMap(({ replica, remark }) =>
      remark === undefined ? [] : [`${replica}: ${remark}`],
    );
    const service = {
      id: objectId(`${protocol}.services`, group.name),
      value: serviceOf(plan, inEffect, declared?.service.loadBalancer ?? {}),
      origin,
      ...(remarks.length > 0 && { note: remarks.join("; ") }),
    };
    if (!declared?.router) return [service];
    const router = { ...withoutEmpties(declared.router, protocol), service: group.name };
    return [service, { id: objectId(`${protocol}.routers`, group.name), value: router, origin }];
  });
}

/** The document of the objects. Traefik refuses an empty map, so what has none is left out. */
export function render(objects: ReadonlyMap<ObjectId, ObjectValue>): RenderedDocument {
  const document: Record<string, Record<string, Record<string, unknown> | ObjectValue[]>> = {};
  const failovers = emptyFailovers(objects);
  for (const [id, written] of objects) {
    const value = failovers.get(id) ?? written;
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

function serviceOf(plan: GroupPlan, roster: Roster, settings: object): ObjectValue {
  const members = membersOf(plan).sort((a, b) => byCodePoint(a.replica, b.replica));
  // A server of weight 0 gets nothing, also from a balancer that looks at no weight.
  const taking = balancesBlindly(settings) ? members.filter(({ weight }) => weight !== 0) : members;
  const servers = taking.map((member) => serverOf(roster, member));
  // `servers: []` is meant as it stands: Traefik answers 503, where a service left out would be a 404, and ends UDP's forwarding.
  return { loadBalancer: { ...withoutEmpties(settings, roster.protocol), servers } };
}

function serverOf({ protocol, scheme, tls, port }: Roster, { address: host, weight }: Member): ObjectValue {
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (protocol === "http") return { url: `${scheme}://${address}`, ...(weight !== undefined && { weight }) };
  return { address, ...(tls && { tls }) };
}

/**
 * Keys whose empty map is taken and says something: `tls: {}` is TLS with the default certificate, `cookie: {}` a cookie by its
 * default name, `proxyProtocol: {}` its version 2.
 */
const meaningful: Readonly<Record<Protocol, ReadonlySet<string>>> = {
  http: new Set(["tls", "sticky", "cookie", "compress"]),
  tcp: new Set(["tls", "proxyProtocol", "healthCheck"]),
  udp: new Set(),
};

/**
 * Leaves out the empty maps that Traefik's decoder refuses ("cannot be a standalone element"), and what becomes empty by it.
 * One of them would make Traefik reject the whole document.
 */
function withoutEmpties(value: object, protocol: Protocol): ObjectValue {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (inner === undefined) return [];
      if (Array.isArray(inner))
        return [[key, inner.map((item) => (typeof item === "object" ? withoutEmpties(item, protocol) : item))]];
      if (typeof inner !== "object") return [[key, inner]];
      const kept = withoutEmpties(inner, protocol);
      return Object.keys(kept).length > 0 || meaningful[protocol].has(key) ? [[key, kept]] : [];
    }),
  );
}
