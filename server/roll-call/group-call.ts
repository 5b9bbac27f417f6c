import { byCodePoint } from "../../files/by-code-point.ts";
import { gateWants } from "../../shared/gate.ts";
import { imageOn, instanceSpec, specHashes } from "../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { tags } from "../../shared/tags.ts";
import { type Called, callReplicas, type Known } from "./call-replicas.ts";
import type { GroupMemory } from "./memory.ts";
import { type Listing, listingOf } from "./observed.ts";
import type { GroupPlan, ReplicaPlan, Waiting } from "./plan.ts";
import { rowOf } from "./presence.ts";
import { type Roster, rosterOf, samePlace, sameRoster, taggedWith } from "./roster.ts";
import { withWeights } from "./weights.ts";

export interface GroupCall {
  readonly plan: GroupPlan;
  /** Whether the group's gate forbids any 200: `strict`, and a declared replica is not present. */
  readonly locks: boolean;
  /** The declared replicas that are not present. */
  readonly waiting: readonly Waiting[];
}

/** The roll call of one group: which roster is in effect, which replicas are members, and which are waited for. */
export function callGroup(memory: GroupMemory | undefined, group: DeclaredGroup, known: Known): GroupCall {
  const { observed } = known;
  const roster = rosterOf(group);
  const called = callReplicas(roster, group, known, memory);
  const present = called.filter(({ presence }) => presence.is === "present").length;
  const complete = present >= Math.min(gateWants(group.gate, group.replicas), group.replicas);
  const unchanged = memory && sameRoster(memory.roster, roster);
  const inEffect = complete || unchanged ? roster : memory?.roster;
  const pending = inEffect === roster ? undefined : roster;
  const serves = inEffect?.protocol === roster.protocol ? group : memory?.declared;
  const members = inEffect
    ? membersAmong(
        pending ? callReplicas(inEffect, group, known, memory) : called,
        samePlace(roster, inEffect) ? called : [],
      )
    : [];
  const listing = listingOf(roster, observed);
  const served = inEffect ?? roster;
  const weighed = withWeights({
    group: serves ?? group,
    protocol: served.protocol,
    listing: listingOf(served, observed),
    remembered: memory && samePlace(memory.roster, served) ? memory.weights : new Map(),
  });
  return {
    plan: {
      group,
      inEffect,
      serves,
      pending,
      present,
      replicas: rows(roster, called, members, listing).map(withSpec(group, listing)).map(weighed),
    },
    locks: group.gate === "strict" && (called.length < group.replicas || called.some(isAway)),
    waiting: waitingFor(roster, called, listing),
  };
}

type Member = Called & { readonly address: string };

/** For `strict`: a member in a state that a second look has to confirm is not away yet, nor is one that leaves while it runs. */
const isAway = ({ presence, address }: Called) => {
  if (presence.is === "unknown") return address === undefined || presence.reason === "not-read";
  return presence.is === "absent" || presence.is === "starting";
};

/** The members of the roster in effect. Replicas that are no longer declared leave, unless no member would remain. */
function membersAmong(called: readonly Called[], declared: readonly Called[]): Member[] {
  const members = called.filter((one): one is Member => one.address !== undefined);
  const names = new Set(declared.map(({ name }) => name));
  const staying = members.filter(({ name }) => names.has(name));
  return staying.length > 0 ? staying : members;
}

/** The rows of a group: the declared replicas, then others that are still served, then the surplus. */
function rows(
  roster: Roster,
  called: readonly Called[],
  members: readonly Member[],
  listing: Listing | undefined,
): ReplicaPlan[] {
  const declared = new Set(called.map(({ name }) => name));
  const served = new Map(members.map((member) => [member.name, member.address]));
  const beyond = members.filter(({ name }) => !declared.has(name));
  const tagged = roster.selector || !listing?.instances ? [] : taggedWith(roster.group, listing.instances);
  const surplus = tagged
    .filter(({ name }) => !declared.has(name) && !served.has(name))
    .map(({ name }): ReplicaPlan => ({ replica: name, state: "surplus", detail: "tagged, but not declared" }))
    .sort((a, b) => byCodePoint(a.replica, b.replica));
  return [
    ...called.map(({ name, presence }): ReplicaPlan => {
      if (presence.is === "present" && !served.has(name))
        return { replica: name, state: "ready", address: presence.address };
      return { replica: name, ...rowOf(presence, served.get(name), listing?.problem) };
    }),
    ...beyond.map(({ name, address }): ReplicaPlan => ({ replica: name, state: "kept", address, detail: lastOnes })),
    ...surplus,
  ];
}

/** Adds how the instance of each declared replica differs from what the file declares now. */
function withSpec(
  group: DeclaredGroup,
  listing: Listing | undefined,
): (row: ReplicaPlan, index: number) => ReplicaPlan {
  const hashOf = specHashes(group);
  const { instances, images }: Partial<Listing> = listing ?? {};
  return (row, index) => {
    const instance = instances?.get(row.replica);
    const spec = index < group.replicas && !group.selector ? instanceSpec(group, index) : undefined;
    const made = instance?.keys[tags.spec];
    if (!instance || !spec || made === undefined) return row;
    const image = spec.image && imageOn(group.source, spec.image);
    const leads = image && images?.get(image);
    const left = (instance.addedDevices ?? []).filter((device) => spec.devices[device] === undefined);
    return {
      ...row,
      spec: made === hashOf(index) ? "current" : "outdated",
      ...(leads && { image: leads === instance.baseImage ? "current" : "older" }),
      ...(left.length > 0 && { leftDevices: left }),
    };
  };
}

const lastOnes = "no longer declared; stays until one that is declared is present";

function waitingFor(roster: Roster, called: readonly Called[], listing: Listing | undefined): Waiting[] {
  const { group, selector, replicas } = roster;
  const away = called.flatMap(({ name, presence }): Waiting[] =>
    presence.is === "present" ? [] : [{ group, replica: name, reason: presence.reason, detail: presence.detail }],
  );
  if (!selector) return away;
  const reason = listing?.instances ? (away[0]?.reason ?? "missing") : "not-read";
  const detail = `${called.length - away.length} of ${replicas} that match are present`;
  return [{ group, replica: null, reason, detail }, ...away];
}
