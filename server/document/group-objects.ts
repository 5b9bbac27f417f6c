import { isIPv6 } from "node:net";
import { byCodePoint } from "../../files/by-code-point.ts";
import { type Candidate, type ObjectValue, objectId } from "../../traefik/objects/objects.ts";
import { withOwnNames } from "../../traefik/objects/references.ts";
import { type GroupPlan, type Member, membersOf, type Plan } from "../roll-call/plan.ts";
import type { Roster } from "../roll-call/roster.ts";
import { balancesBlindly } from "../roll-call/weights.ts";

/**
 * The objects of the groups in effect: a service each, and a router if declared, in the section of the roster in effect. If the
 * declaration of that roster is not known (the disk has none), the service has only its servers, and there is no router.
 */
export function groupCandidates({ groups }: Plan): Candidate[] {
  return groups.flatMap((plan): Candidate[] => {
    const { group, inEffect, serves } = plan;
    if (!inEffect) return [];
    const { protocol } = inEffect;
    const origin = `group ${group.name}`;
    const remarks = plan.replicas.flatMap(({ replica, remark }) =>
      remark === undefined ? [] : [`${replica}: ${remark}`],
    );
    const [id, routerId] = [objectId(`${protocol}.services`, group.name), objectId(`${protocol}.routers`, group.name)];
    const service = {
      id,
      value: withOwnNames(id, serviceOf(plan, inEffect, serves?.service.loadBalancer)),
      origin,
      ...(remarks.length > 0 && { note: remarks.join("; ") }),
    };
    if (!serves?.router) return [service];
    const router = withOwnNames(routerId, { ...serves.router, service: group.name });
    return [service, { id: routerId, value: router, origin }];
  });
}

function serviceOf(plan: GroupPlan, roster: Roster, settings: object | undefined): ObjectValue {
  const members = membersOf(plan).sort((a, b) => byCodePoint(a.replica, b.replica));
  // A server of weight 0 gets no traffic, even from a balancer that ignores weights.
  const taking = balancesBlindly(settings) ? members.filter(({ weight }) => weight !== 0) : members;
  const servers = taking.map((member) => serverOf(roster, member));
  // `servers: []` is intended: Traefik answers 503 instead of 404, and ends UDP's forwarding.
  return { loadBalancer: { ...settings, servers } };
}

function serverOf({ protocol, scheme, tls, port }: Roster, { address: host, weight }: Member): ObjectValue {
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (protocol === "http") return { url: `${scheme}://${address}`, ...(weight !== undefined && { weight }) };
  return { address, ...(tls && { tls }) };
}
