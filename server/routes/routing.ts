import { byCodePoint } from "../../shared/by-code-point.ts";
import { newestTraefik } from "../../shared/traefik-version.ts";
import type { Plan } from "../plan.ts";
import { groupCandidates } from "../traefik/render.ts";
import { withEndedUdp } from "./ended-udp.ts";
import { notesOf } from "./notes.ts";
import { notesBeside } from "./notes-beside.ts";
import { type Candidate, kindOf, nameOf, type ObjectId, type ObjectValue, objectId } from "./objects.ts";
import { candidatesOf, noRoutes, type Routes } from "./parse-routes.ts";
import { type Remark, type Resolution, resolve } from "./resolve.ts";
import { withoutTies } from "./ties.ts";

export interface RoutingOptions {
  /** What the route files declare. */
  readonly routes: Routes;
  /** What was served of each object before. */
  readonly previous: ReadonlyMap<ObjectId, ObjectValue>;
  /** Whether another provider's object may be named. */
  readonly allowed: (name: string) => boolean;
  /** The oldest Traefik that polls, `3.7` or `3.7.15`. */
  readonly traefik: string;
}

const onlyGroups: RoutingOptions = {
  routes: noRoutes,
  previous: new Map(),
  allowed: () => true,
  traefik: newestTraefik,
};

/** Joins the groups in effect with the route files, and chooses what of it can be served. Pure. */
export function routing(plan: Plan, options: RoutingOptions = onlyGroups): Resolution {
  const { routes, previous, allowed, traefik } = options;
  const ofGroups = groupCandidates(plan);
  const declared = new Map(plan.groups.map(({ group }) => [objectId("http.services", group.name), group.name]));
  const routers = plan.groups.flatMap(({ group }) =>
    group.router ? [[objectId("http.routers", group.name), group.name] as const] : [],
  );
  const taken = new Map<ObjectId, string>([...declared, ...routers]);
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
  const candidates = withoutTies([...ofGroups, ...ofRoutes], previous);
  const resolved = resolve(candidates, { waiting, previous: new Map(before), allowed });
  const remarks = withNotes(resolved, candidates, traefik);
  const resolution = { objects: withEndedUdp(resolved.objects, previous), remarks };
  if (resolution.objects.size > 0) return resolution;
  // A document without any object would take every route away, and mean it.
  return { ...resolution, objects: new Map([[objectId("http.services", "rollcall-nothing"), nothing]]) };
}

/** The remarks, and after those of each object what is to be known of the form that is served. */
function withNotes({ objects, remarks }: Resolution, candidates: readonly Candidate[], traefik: string): Remark[] {
  const origins = new Map(candidates.map(({ id, origin }) => [id, origin]));
  const beside = notesBeside(objects, traefik);
  const notes = [...objects].flatMap(([id, value]): Remark[] => {
    const reasons = [...notesOf(id, value, traefik), ...(beside.get(id) ?? [])];
    return reasons.length === 0
      ? []
      : [{ id, origin: origins.get(id) ?? "", state: "noted", reason: reasons.join("; ") }];
  });
  return [...remarks, ...notes].sort((a, b) => byCodePoint(a.id, b.id));
}

/** A service that answers 503: as good a "nothing here" as Traefik takes. */
const nothing: ObjectValue = { loadBalancer: { servers: [] } };

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
