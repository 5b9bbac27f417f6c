import {
  type Candidate,
  kindOf,
  type ObjectId,
  type ObjectValue,
  objectId,
  shadow,
} from "../../traefik/objects/objects.ts";
import { type Reference, referencesOf, targetOf } from "../../traefik/objects/references.ts";
import { mayName } from "../labels/allowed.ts";
import type { LabelCandidate } from "../labels/candidate.ts";
import type { Labelled } from "../labels/label-reader.ts";
import type { Plan } from "../roll-call/plan.ts";
import type { Routes } from "../routes/parse-routes.ts";
import type { Choice } from "./choose.ts";
import { createHostClaims } from "./host-claims.ts";
import type { Router } from "./router-reach.ts";

/** What labels may not take. */
export interface Operators {
  /** The objects of groups in effect and of route files. */
  readonly candidates: readonly Candidate[];
  /** Every router that groups and route files declare, in effect or not, valid or not. */
  readonly routers: readonly (Router & { readonly origin: string })[];
  /** The names of all declared groups. */
  readonly groups: ReadonlyMap<ObjectId, string>;
}

export interface PrecedenceOptions {
  readonly operators: Operators;
  /** What was served. */
  readonly previous: ReadonlyMap<ObjectId, ObjectValue>;
  /** The objects that are served in their previous form now, which has the hosts of both forms. */
  readonly kept: ReadonlySet<ObjectId>;
  /** Those of the previous objects that labels declared: the form of an operator's object is never a label's. */
  readonly byLabels: ReadonlySet<ObjectId>;
  readonly traefik: string;
}

export interface FromLabels {
  /** What labels declare, except what has a name or a host of something that takes precedence. */
  readonly candidates: readonly LabelCandidate[];
  /** The ids of those whose previous form may be served: its hosts, and all that it names, are still the labels' own or allowed. */
  readonly mayStay: ReadonlySet<ObjectId>;
}

/** Every router that a group or a route file declares: a group that is pending has its hosts, and so has a router that can't be read. */
export function declaredRouters({ groups }: Plan, { files, unread = [] }: Routes): Operators["routers"] {
  const ofGroups = groups.flatMap(({ group, serves }) =>
    [group, serves].flatMap((one) => {
      if (!one?.router) return [];
      const id = objectId(`${one.service.protocol}.routers`, one.name);
      return [{ id, value: one.router as ObjectValue, origin: `group ${one.name}` }];
    }),
  );
  return [...ofGroups, ...[...files.values()].flat(), ...unread];
}

/**
 * Chooses until every router that keeps its previous form has the hosts of that form too. One that can't be read will keep it, so one
 * choice is enough in most cases.
 */
export function withKeptHosts<T extends { readonly resolved: Choice }>(
  operators: Operators,
  labelled: Labelled,
  choose: (kept: ReadonlySet<ObjectId>) => T,
): T {
  const declared = [...operators.candidates, ...labelled.candidates];
  const kept = new Set(declared.flatMap(({ id, value }) => (value ? [] : [id])));
  for (;;) {
    const result = choose(kept);
    const previous = result.resolved.remarks.filter(({ id, state }) => state === "previous" && isRouter(id));
    const more = previous.filter(({ id }) => !kept.has(id));
    if (more.length === 0 || labelled.candidates.length === 0) return result;
    for (const { id } of more) kept.add(id);
  }
}

function isRouter(id: ObjectId): boolean {
  return kindOf(id).endsWith(".routers");
}

/** Compares what labels declare with what takes precedence. */
export function fromLabels({ candidates }: Labelled, options: PrecedenceOptions): FromLabels {
  if (candidates.length === 0) return { candidates: [], mayStay: new Set() };
  const { previous } = options;
  const { owned, stays } = byHost(candidates, options);
  const named = byName(owned, options.operators);
  const ids = new Set(named.map(({ id }) => id));
  const mayStay = named.filter(({ id, place }) => {
    const value = stays.has(id) ? previous.get(id) : undefined;
    const isOwn = (name: Reference) => ids.has(targetOf(name)) || mayName(place.allow, name);
    return value && referencesOf(id, value).every(isOwn);
  });
  return { candidates: named, mayStay: new Set(mayStay.map(({ id }) => id)) };
}

/**
 * Gives a problem to each router that can answer a host of an operator, or of a project that comes first in the configuration. A host
 * that the project's allow-list names literally may be shared; one that only matches a pattern may not. `stays`: the ids of those whose
 * previous form can answer none.
 */
function byHost(
  candidates: readonly LabelCandidate[],
  { operators, previous, kept, byLabels, traefik }: PrecedenceOptions,
) {
  const claims = createHostClaims(traefik);
  for (const one of operators.routers) {
    claims.add(one);
    if (kept.has(one.id) && !byLabels.has(one.id)) claims.add({ ...one, value: previous.get(one.id) });
  }
  const stays = new Set<ObjectId>();
  const owned = candidates.map((one): LabelCandidate => {
    const { place } = one;
    const before = byLabels.has(one.id) ? previous.get(one.id) : undefined;
    const problem = claims.refusal(one, place);
    const form = before && { ...one, value: before };
    if (form && claims.refusal(form, place) === undefined) {
      stays.add(one.id);
      if (kept.has(one.id)) claims.add(form, place);
    }
    if (problem !== undefined) return { ...one, value: undefined, problem, withdrawn: true };
    claims.add(one, place);
    return one;
  });
  return { owned, stays };
}

/** Gives a problem to each object with a name of an operator's, and to each that names one of those. */
function byName(candidates: readonly LabelCandidate[], { candidates: operators, groups }: Operators) {
  const owners = new Map<ObjectId, string>([
    ...operators.map(({ id, origin }) => [id, origin] as const),
    ...[...groups].map(([id, group]) => [id, `group ${group}`] as const),
  ]);
  const lost = new Map<object, Map<ObjectId, string>>();
  const named = candidates.map((one) => {
    const owner = owners.get(one.id);
    if (owner === undefined) {
      owners.set(one.id, one.origin);
      return one;
    }
    const names = lost.get(one.place) ?? new Map<ObjectId, string>();
    lost.set(one.place, names.set(one.id, owner));
    return { ...one, id: shadow(one.id, "labels"), problem: `${owner} has that name too` };
  });
  // An object that names one of those would lead to the owner's object, such as a group's service that is not public.
  return named.map((one) => {
    const names = one.value ? referencesOf(one.id, one.value) : [];
    const taken = names.find((name) => lost.get(one.place)?.has(targetOf(name)));
    if (taken === undefined) return one;
    const owner = lost.get(one.place)?.get(targetOf(taken));
    const problem = `${taken.path}: ${taken.name} is the name of ${owner} too`;
    return { ...one, value: undefined, problem, withdrawn: true };
  });
}
