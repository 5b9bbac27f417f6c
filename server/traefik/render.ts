import { isIPv6 } from "node:net";
import { byCodePoint } from "../../shared/by-code-point.ts";
import { type GroupPlan, membersOf, type Plan } from "../plan.ts";
import type { Roster } from "../roster.ts";

/** Traefik's dynamic configuration, as its HTTP provider reads it. */
export interface TraefikDocument {
  readonly http: {
    /** Left out where no group has one: Traefik refuses an empty map. */
    readonly routers?: Record<string, object>;
    readonly services: Record<string, object>;
  };
}

/** The document of a ready plan: a service and, where declared, a router for every group in effect. */
export function render(plan: Plan): TraefikDocument {
  const groups = plan.groups.flatMap((group) => (group.inEffect ? [{ ...group, inEffect: group.inEffect }] : []));
  const routers = groups.flatMap(({ group }) =>
    group.router ? [[group.name, { ...withoutEmpties(group.router), service: group.name }] as const] : [],
  );
  const services = groups.map((group) => [group.group.name, service(group, group.inEffect)] as const);
  return {
    http: {
      ...(routers.length > 0 && { routers: Object.fromEntries(routers) }),
      services: Object.fromEntries(services),
    },
  };
}

function service(plan: GroupPlan, roster: Roster) {
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
function withoutEmpties(value: object): object {
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
