import { byCodePoint } from "../../files/by-code-point.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type Answers, silenceOf, targetKey } from "./answers.ts";
import type { Marks } from "./marks.ts";
import type { GroupMemory } from "./memory.ts";
import { type Instance, isBare, type Listing, type Observed } from "./observed.ts";
import { type Presence, presenceOf, servedAt } from "./presence.ts";
import { mayFall, type Readiness, readinessOf } from "./readiness.ts";
import { expectedNames, type Roster, samePlace, selects } from "./roster.ts";

/** What is known besides the files: what sources list, what probes found, and what is marked. */
export interface Known {
  readonly observed: Observed;
  readonly answers: Answers;
  readonly marks: Marks;
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
  { observed, answers, marks }: Known,
  memory: GroupMemory | undefined,
): Called[] {
  const listing = listingOf(roster, observed);
  const served = memory && samePlace(memory.roster, roster) ? memory.members : new Map<string, string>();
  const readyAt = memory?.roster.port === roster.port ? served : undefined;
  const called = (expectedNames(roster) ?? matches(roster, listing, served)).map((name): Judged => {
    const remembered = served.get(name);
    const presence = presenceOf(roster, name, listing, remembered, marks);
    const instance = listing?.instances?.get(name);
    if (!instance) return { name, presence, address: servedAt(presence, remembered) };
    if (presence.is === "unknown" && remembered !== undefined) {
      const gone = isSilent(roster, instance, presence.address ?? remembered, answers) ? lost(presence) : undefined;
      return { name, presence, address: servedAt(presence, remembered), ...(gone && { gone }) };
    }
    if (presence.is !== "present") return { name, presence, address: undefined };
    const { address } = presence;
    const readiness = readinessOf(group, roster, instance, address, answers);
    const starting = { is: "starting", address, reason: "not-ready", detail: readiness.detail } as const;
    if (readyAt?.get(name) === address)
      return { name, presence, address, ...(readiness.is === "fallen" && { fallen: starting }) };
    return { name, presence: readiness.is === "ready" ? presence : starting, address: undefined, readiness };
  });
  return withoutLost(withoutFallen(called, group)).map(({ name, presence, address }) => ({
    name,
    presence,
    address: address ?? (presence.is === "present" ? presence.address : undefined),
  }));
}

/** A replica, and what it becomes if its group can do without it. */
interface Judged extends Called {
  readonly readiness?: Readiness;
  /** It is served, and stopped answering. */
  readonly fallen?: Presence;
  /** It is served, its source lost it, and it is silent. */
  readonly gone?: Presence;
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
  if (!agreed || (state !== "unlisted" && state !== "error")) return false;
  const question = silenceOf(roster);
  if (!question) return state === "unlisted";
  const { source, project } = roster;
  return answers.get(targetKey({ source, project, instance: name, address, question }))?.state === "fallen";
}

function lost({ detail }: Presence & { readonly detail: string }): Presence {
  return { is: "absent", reason: "unconfirmed", detail: `${detail}; its port does not answer` };
}

/** The names that a selector finds, by code point. A served instance of which only the name is known stays. */
function matches(roster: Roster, listing: Listing | undefined, served: ReadonlyMap<string, string>): string[] {
  const { selector } = roster;
  if (!selector) return [];
  if (!listing?.instances) return [...served.keys()].sort(byCodePoint);
  return [...listing.instances.values()]
    .filter((one) => selects(selector, one.name, one.keys) || (isBare(one) && served.has(one.name)))
    .map(({ name }) => name)
    .sort(byCodePoint);
}

export function listingOf(roster: Roster, observed: Observed): Listing | undefined {
  return observed.get(roster.source)?.get(roster.project);
}
