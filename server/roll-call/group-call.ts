import { byCodePoint } from "../../files/by-code-point.ts";
import { gateWants } from "../../shared/gate.ts";
import { imageOn, instanceSpec, specHashes } from "../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { sourcesOf } from "../../shared/placed.ts";
import { tags } from "../../shared/tags.ts";
import { type Called, callReplicas, type Known } from "./call-replicas.ts";
import type { GroupMemory } from "./memory.ts";
import { type Listing, listingOf, type Observed } from "./observed.ts";
import { type GroupPlan, placeOf, type ReplicaPlan, type Waiting } from "./plan.ts";
import { rowOf } from "./presence.ts";
import { type Place, placeIn, type Roster, rosterOf, samePlace, sameRoster, taggedWith } from "./roster.ts";
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
  const members = inEffect ? membersAmong(pending ? callReplicas(inEffect, group, known, memory) : called, called) : [];
  const weighed = withWeights({
    group: serves ?? group,
    protocol: (inEffect ?? roster).protocol,
    listingFor: (row) => listingOf(placeOf(group, row), observed),
    remembered: (row) =>
      memory && samePlace(placeIn(memory.roster, row.replica), placeOf(group, row))
        ? memory.weights.get(row.replica)
        : undefined,
  });
  return {
    plan: {
      group,
      inEffect,
      serves,
      pending,
      present,
      replicas: rows(group, roster, called, members, observed).map(withSpec(group, observed)).map(weighed),
    },
    locks: group.gate === "strict" && (called.length < group.replicas || called.some(isAway)),
    waiting: waitingFor(roster, called, observed),
  };
}

type Member = Called & { readonly address: string };

/** For `strict`: a member in a state that a second look has to confirm is not away yet, nor is one that leaves while it runs. */
const isAway = ({ presence, address }: Called) => {
  if (presence.is === "unknown") return address === undefined || presence.reason === "not-read";
  return presence.is === "absent" || presence.is === "starting";
};

/**
 * The members of the roster in effect. Replicas that are no longer declared leave, unless no declared one would remain where it is. One
 * that is declared at another place stays where it is until the group's roll call is complete.
 */
function membersAmong(called: readonly Called[], declared: readonly Called[]): Member[] {
  const members = called.filter((one): one is Member => one.address !== undefined);
  const places = new Map(declared.map(({ name, at }) => [name, at]));
  const staysInPlace = ({ name, at }: Called) => samePlace(places.get(name) ?? nowhere, at);
  return members.some(staysInPlace) ? members.filter(({ name }) => places.has(name)) : members;
}

const nowhere: Place = { source: "", project: "" };

/** The rows of a group: the declared replicas, then others that are still served, then the surplus. */
function rows(
  group: DeclaredGroup,
  roster: Roster,
  called: readonly Called[],
  members: readonly Member[],
  observed: Observed,
): ReplicaPlan[] {
  const own = placeOf(group, {});
  const elsewhere = (at: Place) => (samePlace(at, own) ? {} : { at });
  const declared = new Map(called.map(({ name, at }) => [name, at]));
  const served = new Map(members.map((member) => [member.name, member]));
  const isThere = (place: Place | undefined, at: Place) => place !== undefined && samePlace(place, at);
  const beyond = members.filter(({ name, at }) => !isThere(declared.get(name), at));
  const surplus = (group.selector ? [] : sourcesOf(group)).flatMap((source) => {
    const at = { source, project: group.project };
    return taggedWith(roster.group, listingOf(at, observed)?.instances ?? new Map())
      .filter(({ name }) => !isThere(declared.get(name), at) && !isThere(served.get(name)?.at, at))
      .map(({ name }): ReplicaPlan => {
        const on = declared.get(name)?.source;
        const detail = on === undefined ? "tagged, but not declared" : `tagged, but declared on source ${on}`;
        return { replica: name, ...elsewhere(at), state: "surplus", detail };
      });
  });
  return [
    ...called.map(({ name, at, presence }): ReplicaPlan => {
      const member = served.get(name);
      const address = member && isThere(at, member.at) ? member.address : undefined;
      const row = { replica: name, ...elsewhere(at) };
      if (presence.is === "present" && address === undefined)
        return { ...row, state: "ready", address: presence.address };
      return { ...row, ...rowOf(presence, address, listingOf(at, observed)?.problem) };
    }),
    ...beyond.map(({ name, at, address }): ReplicaPlan => {
      const to = declared.get(name);
      const detail = to ? `declared on ${spelled(to)}; stays until the roll call is complete` : lastOnes;
      return { replica: name, ...elsewhere(at), state: "kept", address, detail };
    }),
    ...surplus.sort((a, b) => byCodePoint(a.replica, b.replica)),
  ];
}

function spelled({ source, project }: Place): string {
  return `source ${source}, project ${project}`;
}

/** Adds how the instance of each declared replica differs from what the file declares now. */
function withSpec(group: DeclaredGroup, observed: Observed): (row: ReplicaPlan, index: number) => ReplicaPlan {
  const hashOf = specHashes(group);
  return (row, index) => {
    const at = placeOf(group, row);
    const { instances, images }: Partial<Listing> = listingOf(at, observed) ?? {};
    const instance = instances?.get(row.replica);
    const made = instance?.keys[tags.spec];
    if (!instance || made === undefined || index >= group.replicas || group.selector) return row;
    const spec = instanceSpec(group, index);
    if (!spec) return row;
    const image = spec.image && imageOn(at.source, spec.image);
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

function waitingFor(roster: Roster, called: readonly Called[], observed: Observed): Waiting[] {
  const { group, selector, replicas } = roster;
  const away = called.flatMap(({ name, presence }): Waiting[] =>
    presence.is === "present" ? [] : [{ group, replica: name, reason: presence.reason, detail: presence.detail }],
  );
  if (!selector) return away;
  const isRead = listingOf(placeIn(roster, ""), observed)?.instances !== undefined;
  const reason = isRead ? (away[0]?.reason ?? "missing") : "not-read";
  const detail = `${called.length - away.length} of ${replicas} that match are present`;
  return [{ group, replica: null, reason, detail }, ...away];
}
