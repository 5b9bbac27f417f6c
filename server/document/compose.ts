import { byCodePoint } from "../../files/by-code-point.ts";
import { guarded } from "../../files/fault.ts";
import { notesOf } from "../../traefik/judge/notes.ts";
import { notesAmong } from "../../traefik/judge/notes-among.ts";
import { withoutTies } from "../../traefik/judge/ties.ts";
import { newestTraefik } from "../../traefik/model/version.ts";
import { type Candidate, type ObjectId, type ObjectValue, objectId, shadow } from "../../traefik/objects/objects.ts";
import type { LabelCandidate } from "../labels/candidate.ts";
import type { InstanceRemark, Labelled } from "../labels/label-reader.ts";
import type { Plan } from "../roll-call/plan.ts";
import { candidatesOf, noRoutes, type Routes } from "../routes/parse-routes.ts";
import { aroundEmpty } from "./around-empty.ts";
import { type Choice, choose, type Remark, remarkLine } from "./choose.ts";
import { forTraefik } from "./for-traefik.ts";
import { groupCandidates } from "./group-objects.ts";
import { instanceLine, type LabelledRow, labelledRows, withServersAt } from "./instance-rows.ts";
import { declaredRouters, fromLabels, withKeptHosts } from "./precedence.ts";

export interface ComposeOptions {
  /** What the route files declare. */
  readonly routes: Routes;
  /** What instances declare by labels. */
  readonly labelled: Labelled;
  /** The previous result. */
  readonly previous: Previous;
  /** Whether another provider's object may be named. */
  readonly allowed: (name: string) => boolean;
  /** Whether an object that nothing declares here may be declared elsewhere: if the files are checked without the instances. */
  readonly elsewhere?: (id: ObjectId) => boolean;
  /** Whether instances may declare it. */
  readonly mayDeclare?: (id: ObjectId) => boolean;
  /** The oldest Traefik that polls, `3.7` or `3.7.15`. */
  readonly traefik: string;
}

/** The objects that were chosen, and those that Traefik was given. */
export type Previous = Pick<Composed, "objects" | "served" | "byLabels">;

export const noPrevious: Previous = { objects: new Map(), served: new Map(), byLabels: new Set() };

/** No instance declares itself. */
export const noLabels: Labelled = { candidates: [], problems: [] };

const onlyGroups: ComposeOptions = {
  routes: noRoutes,
  labelled: noLabels,
  previous: noPrevious,
  allowed: () => true,
  traefik: newestTraefik,
};

/** What is served of groups, route files and labels. */
export interface Composed extends Choice {
  /** Those of the objects that instances declare. */
  readonly byLabels: ReadonlySet<ObjectId>;
  /** The objects as Traefik is given them (for-traefik.ts), by id in code point order. Never empty. */
  readonly served: ReadonlyMap<ObjectId, ObjectValue>;
  /** The instances that declare themselves, in the order of the plan. */
  readonly labelled: readonly LabelledRow[];
  /** What is wrong with the labels of one instance; that is in its row too. */
  readonly instanceRemarks: readonly InstanceRemark[];
}

/** Joins the groups in effect with the route files and the labels, and chooses what can be served. Pure. */
export function compose(plan: Plan, options: ComposeOptions = onlyGroups): Composed {
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
  const inEffect = new Set(ofGroups.map(({ id }) => id));
  const operators = { candidates: [...ofGroups, ...ofRoutes], routers: declaredRouters(plan, routes), groups: taken };
  const chosen = (kept: ReadonlySet<ObjectId>) => {
    const fromAll = { operators, previous: previous.objects, byLabels: previous.byLabels, kept, traefik };
    const { candidates: ofLabels, mayStay } = fromLabels(labelled, fromAll);
    const candidates = withoutTies([...operators.candidates, ...ofLabels], previous.objects);
    const resolved = choose(candidates, {
      waiting: new Set([...declared.keys()].filter((id) => !inEffect.has(id))),
      previous: formsThatMayReturn(previous, ofGroups, ofLabels, mayStay),
      allowed,
      elsewhere,
      labelled: mayDeclare,
    });
    return { ofLabels, candidates, resolved };
  };
  const { ofLabels, candidates, resolved } = withKeptHosts(operators, labelled, chosen);
  const { objects } = resolved;
  return {
    objects,
    byLabels: new Set(ofLabels.flatMap(({ id }) => (objects.has(id) ? [id] : []))),
    served: forTraefik(objects, previous.served, traefik),
    remarks: withNotes(resolved, candidates, traefik),
    instanceRemarks: labelled.problems,
    labelled: labelledRows(plan.labelled, { ...labelled, candidates: ofLabels }, resolved),
  };
}

/** The log lines about what is not served as it is declared. */
export function linesOf({ remarks, instanceRemarks }: Composed): string[] {
  return [...remarks.map(remarkLine), ...instanceRemarks.map(instanceLine)];
}

/** The previous form of each object that may be served again, with the current servers. */
function formsThatMayReturn(
  { objects, byLabels }: Previous,
  ofGroups: readonly Candidate[],
  ofLabels: readonly LabelCandidate[],
  mayStay: ReadonlySet<ObjectId>,
): Map<ObjectId, ObjectValue> {
  const services = new Map(ofGroups.flatMap(({ id, value }) => (value ? [[id, value] as const] : [])));
  const labels = new Map(ofLabels.map((one) => [one.id, one]));
  const forms = [...objects].flatMap(([id, value]): [ObjectId, ObjectValue][] => {
    const now = labels.get(id);
    if (!now) return byLabels.has(id) ? [] : [[id, withServersOf(value, services.get(id))]];
    return mayStay.has(id) ? [[id, withServersAt(value, now.addresses)]] : [];
  });
  return new Map(forms);
}

/** The remarks, and after those of each object the notes about the form that is served. */
function withNotes({ objects, remarks }: Choice, candidates: readonly Candidate[], traefik: string): Remark[] {
  const origins = new Map(candidates.map(({ id, origin }) => [id, origin]));
  const among = notesAmong(objects, traefik);
  const around = aroundEmpty(objects);
  const notes = [...objects].flatMap(([id, value]): Remark[] => {
    const own = guarded(
      () => notesOf(id, value, traefik),
      (fault) => [fault],
    );
    const reasons = [...own, ...(among.get(id) ?? []), ...(around.get(id)?.notes ?? [])];
    return reasons.length === 0
      ? []
      : [{ id, origin: origins.get(id) ?? "", state: "noted", reason: reasons.join("; ") }];
  });
  return [...remarks, ...notes].sort((a, b) => byCodePoint(a.id, b.id));
}

/** The ids of the groups' services with their groups: for the declared protocol, and for the one in effect while it differs. */
function servicesOf({ groups }: Plan): (readonly [ObjectId, string])[] {
  return groups.flatMap(({ group, inEffect }) =>
    [group.service.protocol, inEffect?.protocol].flatMap((protocol) =>
      protocol === undefined ? [] : [[objectId(`${protocol}.services`, group.name), group.name] as const],
    ),
  );
}

/** The same for their routers. */
function routersOf({ groups }: Plan): (readonly [ObjectId, string])[] {
  return groups.flatMap(({ group, serves }) =>
    [group, serves].flatMap((one) =>
      one?.router ? [[objectId(`${one.service.protocol}.routers`, one.name), one.name] as const] : [],
    ),
  );
}

/** A service with the servers of its current form, if that has servers: a server that has left is never served again. */
export function withServersOf(before: ObjectValue, now: ObjectValue | undefined): ObjectValue {
  const servers = (now?.loadBalancer as ObjectValue | undefined)?.servers;
  if (servers === undefined) return before;
  return { ...before, loadBalancer: { ...(before.loadBalancer as object | undefined), servers } };
}
