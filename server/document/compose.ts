import { byCodePoint } from "../../files/by-code-point.ts";
import { notesOf } from "../../traefik/judge/notes.ts";
import { notesAmong } from "../../traefik/judge/notes-among.ts";
import { withoutTies } from "../../traefik/judge/ties.ts";
import { newestTraefik } from "../../traefik/model/version.ts";
import { type Candidate, type ObjectId, type ObjectValue, objectId, shadow } from "../../traefik/objects/objects.ts";
import type { InstanceRemark, Labelled } from "../labels/label-reader.ts";
import type { Plan } from "../roll-call/plan.ts";
import { candidatesOf, noRoutes, type Routes } from "../routes/parse-routes.ts";
import { type Remark, type Resolution, resolve } from "./choose.ts";
import { emptyFailovers } from "./empty-failovers.ts";
import { withEndedUdp } from "./ended-udp.ts";
import { groupCandidates } from "./group-objects.ts";
import { type LabelledRow, labelledRows, withServersAt } from "./instance-rows.ts";
import { formsThatMayStay, fromLabels } from "./precedence.ts";

export interface RoutingOptions {
  /** What the route files declare. */
  readonly routes: Routes;
  /** What instances declare by labels. */
  readonly labelled: Labelled;
  /** What was served of each object before. */
  readonly previous: ReadonlyMap<ObjectId, ObjectValue>;
  /** Whether another provider's object may be named. */
  readonly allowed: (name: string) => boolean;
  /** Whether an object that nobody declares here may be declared elsewhere: where the files are judged without the instances. */
  readonly elsewhere?: (id: ObjectId) => boolean;
  /** Whether instances may declare it. */
  readonly mayDeclare?: (id: ObjectId) => boolean;
  /** The oldest Traefik that polls, `3.7` or `3.7.15`. */
  readonly traefik: string;
}

/** Where no instance declares itself. */
export const noLabels: Labelled = { candidates: [], problems: [] };

const onlyGroups: RoutingOptions = {
  routes: noRoutes,
  labelled: noLabels,
  previous: new Map(),
  allowed: () => true,
  traefik: newestTraefik,
};

/** What is served of groups, route files and labels. */
export interface Routed extends Resolution {
  /** The instances that declare themselves, in the order of the plan. */
  readonly labelled: readonly LabelledRow[];
  /** What is wrong with the labels of one instance; that is in its row too. */
  readonly instanceProblems: readonly InstanceRemark[];
}

/** Joins the groups in effect with the route files and the labels, and chooses what of it can be served. Pure. */
export function routing(plan: Plan, options: RoutingOptions = onlyGroups): Routed {
  const { routes, labelled, previous, allowed, elsewhere, mayDeclare, traefik } = options;
  const ofGroups = groupCandidates(plan);
  const declared = new Map(servicesOf(plan));
  const taken = new Map([...declared, ...routersOf(plan)]);
  const ofRoutes = candidatesOf(routes).map((one): Candidate => {
    const group = taken.get(one.id);
    return group === undefined
      ? one
      : { ...one, id: shadow(one.id, "a route file"), problem: `group ${group} has that name too` };
  });
  const ofLabels = fromLabels(labelled, [...ofGroups, ...ofRoutes], taken, traefik);
  const inEffect = new Set(ofGroups.map(({ id }) => id));
  const waiting = new Set([...declared.keys()].filter((id) => !inEffect.has(id)));
  const services = new Map(ofGroups.flatMap(({ id, value }) => (value ? [[id, value] as const] : [])));
  const labels = new Map(ofLabels.map((one) => [one.id, one]));
  const mayStay = formsThatMayStay(ofLabels, previous, [...ofGroups, ...ofRoutes], traefik);
  const before = [...previous].flatMap(([id, value]): [ObjectId, ObjectValue][] => {
    const now = labels.get(id);
    if (!now) return [[id, withServersOf(value, services.get(id))]];
    return mayStay.has(id) ? [[id, withServersAt(value, now.addresses)]] : [];
  });
  const candidates = withoutTies([...ofGroups, ...ofRoutes, ...ofLabels], previous);
  const resolved = resolve(candidates, {
    waiting,
    previous: new Map(before),
    allowed,
    elsewhere,
    labelled: mayDeclare,
  });
  const resolution = {
    objects: withEndedUdp(resolved.objects, previous),
    remarks: withNotes(resolved, candidates, traefik),
    instanceProblems: labelled.problems,
    labelled: labelledRows(plan.labelled, { ...labelled, candidates: ofLabels }, resolved),
  };
  if (resolution.objects.size > 0) return resolution;
  // A document without any object would take every route away, and mean it.
  return { ...resolution, objects: new Map([[objectId("http.services", "rollcall-nothing"), nothing]]) };
}

/** The remarks, and after those of each object what is to be known of the form that is served. */
function withNotes({ objects, remarks }: Resolution, candidates: readonly Candidate[], traefik: string): Remark[] {
  const origins = new Map(candidates.map(({ id, origin }) => [id, origin]));
  const beside = notesAmong(objects, traefik);
  const failovers = emptyFailovers(objects);
  const notes = [...objects].flatMap(([id, value]): Remark[] => {
    const own = [...notesOf(id, value, traefik), ...(beside.get(id) ?? [])];
    const reasons = failovers.has(id) ? [...own, fallback] : own;
    return reasons.length === 0
      ? []
      : [{ id, origin: origins.get(id) ?? "", state: "noted", reason: reasons.join("; ") }];
  });
  return [...remarks, ...notes].sort((a, b) => byCodePoint(a.id, b.id));
}

const fallback = "failover.service: has nobody, so the fallback answers alone";

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

/** A group's service of before with the members of now: who has left is never served for the sake of another object. */
function withServersOf(before: ObjectValue, now: ObjectValue | undefined): ObjectValue {
  const servers = (now?.loadBalancer as ObjectValue | undefined)?.servers;
  if (servers === undefined) return before;
  return { ...before, loadBalancer: { ...(before.loadBalancer as object | undefined), servers } };
}
