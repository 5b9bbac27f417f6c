import { type Candidate, type ObjectId, type ObjectValue, shadow } from "../../traefik/objects/objects.ts";
import { type Reference, referencesOf, targetOf } from "../../traefik/objects/references.ts";
import { mayName } from "../labels/allowed.ts";
import type { LabelCandidate } from "../labels/candidate.ts";
import type { Labelled } from "../labels/label-reader.ts";
import { withoutTakenHosts } from "./host-claims.ts";

/** What labels declare, except what has a name or a host of something that takes precedence. */
export function fromLabels(
  { candidates }: Labelled,
  operators: readonly Candidate[],
  groups: ReadonlyMap<ObjectId, string>,
  traefik: string,
): LabelCandidate[] {
  const owners = new Map<ObjectId, string>([
    ...operators.map(({ id, origin }) => [id, origin] as const),
    ...[...groups].map(([id, group]) => [id, `group ${group}`] as const),
  ]);
  const lost = new Map<object, Map<ObjectId, string>>();
  const named = withoutTakenHosts(candidates, operators, traefik).map((one) => {
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

/**
 * The ids of labels' objects whose previous form may be served: what it names is still the labels' own or allowed, and none of its hosts
 * now belongs to an operator.
 */
export function formsThatMayStay(
  now: readonly LabelCandidate[],
  previous: ReadonlyMap<ObjectId, ObjectValue>,
  operators: readonly Candidate[],
  traefik: string,
): ReadonlySet<ObjectId> {
  const ids = new Set(now.map(({ id }) => id));
  const earlier = now.flatMap((one): LabelCandidate[] => {
    const value = previous.get(one.id);
    const isOwn = (name: Reference) => ids.has(targetOf(name)) || mayName(one.place.allow, name);
    return value && referencesOf(one.id, value).every(isOwn) ? [{ ...one, value }] : [];
  });
  return new Set(withoutTakenHosts(earlier, operators, traefik).flatMap(({ id, value }) => (value ? [id] : [])));
}
