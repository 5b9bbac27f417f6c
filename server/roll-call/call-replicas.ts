import { byCodePoint } from "../../files/by-code-point.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type Answers, silenceOf, targetKey } from "./answers.ts";
import { type Marks, markKey } from "./marks.ts";
import type { GroupMemory } from "./memory.ts";
import { type Instance, isBare, listingOf, type Observed } from "./observed.ts";
import { type Presence, presenceOf, servedAt } from "./presence.ts";
import { mayFall, type Readiness, readinessOf } from "./readiness.ts";
import { type Place, placeIn, placesIn, placesOf, type Roster, samePlace, selects } from "./roster.ts";

/** What is known besides the files: what sources list, what probes found, and what is marked. */
export interface Known {
  readonly observed: Observed;
  readonly answers: Answers;
  readonly marks: Marks;
  /** Why an instance has to wait before it joins again, by `instanceKey`: it came and went too often. */
  readonly heldBack: ReadonlyMap<string, string>;
}

/** One replica that was called, and the address at which it is served if it is in the load balancer. */
export interface Called {
  readonly name: string;
  readonly at: Place;
  readonly presence: Presence;
  readonly address: string | undefined;
}

/** Calls every replica of a roster, in its order. One that is unknown stays where it is served. */
export function callReplicas(
  roster: Roster,
  group: DeclaredGroup,
  { observed, answers, marks, heldBack }: Known,
  memory: GroupMemory | undefined,
): readonly Called[] {
  const known = (name: string, at: Place) =>
    memory && samePlace(placeIn(memory.roster, name), at) ? memory.members.get(name) : undefined;
  const whereabouts = new Map(placesOf(roster).map((place) => [place.source, { ...roster, ...place }] as const));
  const called = replicasOf(roster, observed, known, memory?.members.keys() ?? []).map(
    ({ name, at: place }): Judged => {
      const listing = listingOf(place, observed);
      const expected = whereabouts.get(place.source) ?? { ...roster, ...place };
      const remembered = known(name, place);
      const presence = presenceOf(expected, name, listing, remembered, marks);
      const at = servedAt(presence, remembered);
      const one = { name, at: place };
      if (at === undefined) return { ...one, presence, address: undefined };
      const instance = listing?.instances?.get(name);
      const readiness = readinessOf(group, expected, name, instance, at, answers);
      const isServed = memory?.roster.port === roster.port && remembered === at;
      if (isServed && presence.is !== "unknown" && readiness.is !== "fallen") return { ...one, presence, address: at };
      const held = isServed ? undefined : heldBack.get(instanceKey({ ...place, instance: name }, instance));
      const starting = { is: "starting", address: at, reason: "not-ready", detail: held ?? readiness.detail } as const;
      const joining = { ...one, address: undefined, readiness };
      if (!isServed && readiness.is !== "ready") return { ...joining, presence: starting };
      if (held !== undefined) return { ...joining, presence: starting, alone: presence };
      if (presence.is !== "unknown")
        return isServed ? { ...one, presence, address: at, fallen: starting } : { ...joining, presence };
      const isGone = instance && isSilent(expected, instance, at, answers);
      return { ...one, presence, address: at, ...(isGone && { gone: lost(presence) }) };
    },
  );
  return withoutLost(withoutFallen(atLeastOne(called), group)).map(({ name, at, presence, address }) => ({
    name,
    at,
    presence,
    address: address ?? (presence.is === "present" ? presence.address : undefined),
  }));
}

/** A replica, and what it becomes if its group can do without it. */
interface Judged extends Called {
  readonly readiness?: Readiness;
  /** It is ready, and only held back. */
  readonly alone?: Presence;
  /** It is served, and stopped answering. */
  readonly fallen?: Presence;
  /** It is served, its source lost it, and it is silent. */
  readonly gone?: Presence;
}

/** One that is only held back joins all the same where nothing else is served. */
function atLeastOne(called: readonly Judged[]): readonly Judged[] {
  if (called.some(({ presence, address }) => address !== undefined || presence.is === "present")) return called;
  return called.map((one) => (one.alone ? { ...one, presence: one.alone } : one));
}

/** Takes out members that stopped answering, by name, as many as the group allows. */
function withoutFallen(called: readonly Judged[], group: DeclaredGroup): Judged[] {
  const members = called.filter(({ address }) => address !== undefined).length;
  const already = called.filter(({ readiness }) => readiness?.is === "fallen").length;
  let left = mayFall(group, members, already);
  return called.map((one) => {
    if (!one.fallen || left === 0) return one;
    left--;
    return { name: one.name, at: one.at, presence: one.fallen, address: undefined };
  });
}

/** Takes out members that are lost and silent, unless none would stay: then the way to all of them may be broken. */
function withoutLost(called: readonly Judged[]): readonly Judged[] {
  if (!called.some(({ address, gone }) => address !== undefined && !gone)) return called;
  return called.map((one) => (one.gone ? { name: one.name, at: one.at, presence: one.gone, address: undefined } : one));
}

/** Whether a member that its source lost is to be believed gone: listings agree, and its port does not answer. */
function isSilent(
  roster: Roster & Place,
  { name, state, agreed }: Instance,
  address: string,
  answers: Answers,
): boolean {
  if (!agreed) return false;
  const question = silenceOf(roster);
  if (!question) return state === "unlisted";
  const { source, project } = roster;
  return answers.get(targetKey({ source, project, instance: name, address, question }))?.state === "fallen";
}

function lost({ detail }: Presence & { readonly detail: string }): Presence {
  return { is: "absent", reason: "unconfirmed", detail: `${detail}; its port does not answer` };
}

/** The replicas of a roster; those that a selector finds are by code point. A served instance of which only the name is known stays. */
function replicasOf(
  roster: Roster,
  observed: Observed,
  known: (name: string, at: Place) => string | undefined,
  members: Iterable<string>,
): { readonly name: string; readonly at: Place }[] {
  const { selector } = roster;
  if (!selector) return placesIn(roster);
  const at = placeIn(roster, "");
  const instances = listingOf(at, observed)?.instances;
  const names = instances
    ? [...instances.values()]
        .filter((one) => selects(selector, one.name, one.keys) || (isBare(one) && known(one.name, at) !== undefined))
        .map(({ name }) => name)
    : [...members].filter((name) => known(name, at) !== undefined);
  return names.sort(byCodePoint).map((name) => ({ name, at }));
}

/** The memory of a group that is not declared now. Members that went away meanwhile are forgotten: they would join anew. */
export function withoutAbsent(
  memory: GroupMemory,
  { observed, marks }: Pick<Known, "observed" | "marks">,
): GroupMemory {
  const { roster, members } = memory;
  const stay = [...members].filter(([name, address]) => {
    const at = placeIn(roster, name);
    const presence = presenceOf({ ...roster, ...at }, name, listingOf(at, observed), address, marks);
    return servedAt(presence, address) === address;
  });
  return { ...memory, members: new Map(stay) };
}

/** What tells an instance from one made again under its name. */
export function instanceKey(
  { source, project, instance }: Parameters<typeof markKey>[0],
  found: Pick<Instance, "uuid"> | undefined,
): string {
  return `${markKey({ source, project, instance })} ${found?.uuid}`;
}
