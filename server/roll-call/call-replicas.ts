import { byCodePoint } from "../../files/by-code-point.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { type Answers, silenceOf, targetKey } from "./answers.ts";
import { type Marks, markKey } from "./marks.ts";
import type { GroupMemory } from "./memory.ts";
import { type Instance, isBare, type Listing, listingOf, type Observed } from "./observed.ts";
import { type Presence, presenceOf, servedAt } from "./presence.ts";
import { mayFall, type Readiness, readinessOf } from "./readiness.ts";
import { type Roster, samePlace, selects } from "./roster.ts";

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
  const listing = listingOf(roster, observed);
  const served = memory && samePlace(memory.roster, roster) ? memory.members : new Map<string, string>();
  const readyAt = memory?.roster.port === roster.port ? served : undefined;
  const called = namesOf(roster, listing, served).map((name): Judged => {
    const remembered = served.get(name);
    const presence = presenceOf(roster, name, listing, remembered, marks);
    const at = servedAt(presence, remembered);
    if (at === undefined) return { name, presence, address: undefined };
    const instance = listing?.instances?.get(name);
    const readiness = readinessOf(group, roster, name, instance, at, answers);
    const isServed = readyAt?.get(name) === at;
    const held = isServed ? undefined : heldBack.get(instanceKey({ ...roster, instance: name }, instance));
    const starting = { is: "starting", address: at, reason: "not-ready", detail: held ?? readiness.detail } as const;
    const joining = { name, address: undefined, readiness };
    if (!isServed && readiness.is !== "ready") return { ...joining, presence: starting };
    if (held !== undefined) return { ...joining, presence: starting, alone: presence };
    if (presence.is !== "unknown") {
      if (!isServed) return { ...joining, presence };
      return { name, presence, address: at, ...(readiness.is === "fallen" && { fallen: starting }) };
    }
    const isGone = instance && isSilent(roster, instance, at, answers);
    return { name, presence, address: at, ...(isGone && { gone: lost(presence) }) };
  });
  return withoutLost(withoutFallen(atLeastOne(called), group)).map(({ name, presence, address }) => ({
    name,
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
    return { name: one.name, presence: one.fallen, address: undefined };
  });
}

/** Takes out members that are lost and silent, unless none would stay: then the way to all of them may be broken. */
function withoutLost(called: readonly Judged[]): readonly Judged[] {
  if (!called.some(({ address, gone }) => address !== undefined && !gone)) return called;
  return called.map((one) => (one.gone ? { name: one.name, presence: one.gone, address: undefined } : one));
}

/** Whether a member that its source lost is to be believed gone: listings agree, and its port does not answer. */
function isSilent(roster: Roster, { name, state, agreed }: Instance, address: string, answers: Answers): boolean {
  if (!agreed) return false;
  const question = silenceOf(roster);
  if (!question) return state === "unlisted";
  const { source, project } = roster;
  return answers.get(targetKey({ source, project, instance: name, address, question }))?.state === "fallen";
}

function lost({ detail }: Presence & { readonly detail: string }): Presence {
  return { is: "absent", reason: "unconfirmed", detail: `${detail}; its port does not answer` };
}

/** The names of a roster; those that a selector finds are by code point. A served instance of which only the name is known stays. */
function namesOf(
  { group, replicas, selector }: Roster,
  listing: Listing | undefined,
  served: ReadonlyMap<string, string>,
): string[] {
  if (!selector) return replicaNames({ name: group, replicas });
  if (!listing?.instances) return [...served.keys()].sort(byCodePoint);
  return [...listing.instances.values()]
    .filter((one) => selects(selector, one.name, one.keys) || (isBare(one) && served.has(one.name)))
    .map(({ name }) => name)
    .sort(byCodePoint);
}

/** The memory of a group that is not declared now. Members that went away meanwhile are forgotten: they would join anew. */
export function withoutAbsent(
  memory: GroupMemory,
  { observed, marks }: Pick<Known, "observed" | "marks">,
): GroupMemory {
  const { roster, members } = memory;
  const listing = listingOf(roster, observed);
  const stay = [...members].filter(
    ([name, address]) => servedAt(presenceOf(roster, name, listing, address, marks), address) === address,
  );
  return { ...memory, members: new Map(stay) };
}

/** What tells an instance from one made again under its name. */
export function instanceKey(
  { source, project, instance }: Parameters<typeof markKey>[0],
  found: Pick<Instance, "uuid"> | undefined,
): string {
  return `${markKey({ source, project, instance })} ${found?.uuid}`;
}
