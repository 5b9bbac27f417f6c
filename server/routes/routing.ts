import type { Plan } from "../plan.ts";
import { groupCandidates } from "../traefik/render.ts";
import { withEndedUdp } from "./ended-udp.ts";
import { type Candidate, kindOf, nameOf, type ObjectId, type ObjectValue, objectId } from "./objects.ts";
import { candidatesOf, noRoutes, type Routes } from "./parse-routes.ts";
import { type Resolution, resolve } from "./resolve.ts";
import { withoutTies } from "./ties.ts";

export interface RoutingOptions {
  /** What the route files declare. */
  readonly routes: Routes;
  /** What was served of each object before. */
  readonly previous: ReadonlyMap<ObjectId, ObjectValue>;
  /** Whether another provider's object may be named. */
  readonly allowed: (name: string) => boolean;
}

const onlyGroups: RoutingOptions = { routes: noRoutes, previous: new Map(), allowed: () => true };

/** Joins the groups in effect with the route files, and chooses what of it can be served. Pure. */
export function routing(plan: Plan, { routes, previous, allowed }: RoutingOptions = onlyGroups): Resolution {
  const ofGroups = groupCandidates(plan);
  const declared = new Map(servicesOf(plan));
  const taken = new Map([...declared, ...routersOf(plan)]);
  const ofRoutes = candidatesOf(routes).map((one): Candidate => {
    const group = taken.get(one.id);
    return group === undefined
      ? one
      : { ...one, id: shadow(one.id), problem: `${one.origin}: group ${group} has that name too` };
  });
  const inEffect = new Set(ofGroups.map(({ id }) => id));
  const waiting = new Set([...declared.keys()].filter((id) => !inEffect.has(id)));
  const services = new Map(ofGroups.flatMap(({ id, value }) => (value ? [[id, value] as const] : [])));
  const before = [...previous].map(([id, value]) => [id, withServersOf(value, services.get(id))] as const);
  const resolved = resolve(withoutTies([...ofGroups, ...ofRoutes], previous), {
    waiting,
    previous: new Map(before),
    allowed,
  });
  const resolution = { ...resolved, objects: withEndedUdp(resolved.objects, previous) };
  if (resolution.objects.size > 0) return resolution;
  // A document without any object would take every route away, and mean it.
  return { ...resolution, objects: new Map([[objectId("http.services", "rollcall-nothing"), nothing]]) };
}

/** A service that answers 503: as good a "nothing here" as Traefik takes. */
const nothing: ObjectValue = { loadBalancer: { servers: [] } };

/** The ids of the groups' services with their groups: of the declared protocol, and of the one in effect while that is another. */
function servicesOf({ groups }: Plan): (readonly [ObjectId, string])[] {
  return groups.flatMap(({ group, inEffect }) =>
    [group.service.protocol, inEffect?.protocol].flatMap((protocol) =>
      protocol === undefined ? [] : [[objectId(`${protocol}.services`, group.name), group.name] as const],
    ),
  );
}

/** The same of their routers. */
function routersOf({ groups }: Plan): (readonly [ObjectId, string])[] {
  return groups.flatMap(({ group, former }) =>
    [group, former].flatMap((one) =>
      one?.router ? [[objectId(`${one.service.protocol}.routers`, one.name), one.name] as const] : [],
    ),
  );
}

/** What a route file may not overwrite is said under its own name, and never served. */
function shadow(id: ObjectId): ObjectId {
  return objectId(kindOf(id), `${nameOf(id)} of a route file`);
}

/** A group's service of before with the members of now: who has left is never served for the sake of another object. */
function withServersOf(before: ObjectValue, now: ObjectValue | undefined): ObjectValue {
  const servers = (now?.loadBalancer as ObjectValue | undefined)?.servers;
  if (servers === undefined) return before;
  return { ...before, loadBalancer: { ...(before.loadBalancer as object | undefined), servers } };
}
