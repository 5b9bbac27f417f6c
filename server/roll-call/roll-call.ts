import { type Known, withoutAbsent } from "./call-replicas.ts";
import type { Declared } from "./declared.ts";
import { callGroup } from "./group-call.ts";
import { callLabelled, type SelfDeclaring } from "./labelled-call.ts";
import type { GroupMemory, Memory } from "./memory.ts";
import { type Listing, listingOf, type Observed } from "./observed.ts";
import { type GroupPlan, type LabelledPlan, membersOf, type Plan, type StaleListing, type Waiting } from "./plan.ts";
import { placesOf } from "./roster.ts";
import { markShared, yieldToOthers } from "./shared-addresses.ts";

/**
 * Compares the declared replicas with those that are present, and decides what may be served. Pure and total: the same memory, files and
 * listings give the same plan and the same next memory, and no input is refused.
 */
export function callRoll(
  memory: Memory,
  declared: Declared,
  listings: Observed,
  declaring: readonly SelfDeclaring[] = [],
  told: Told = nothingTold,
): { plan: Plan; memory: Memory } {
  const observed = yieldToOthers(listings, memory);
  const labelled = declaring.map((project) => {
    const listing = listingOf(project, observed);
    const remembered = memory.labelled.get(projectKey(project));
    const known = listing?.instances !== undefined || remembered !== undefined;
    return { project, known, rows: callLabelled(project, remembered, listing, told.marks) };
  });
  const calls = declared.groups.map((group) => callGroup(memory.groups.get(group.name), group, { observed, ...told }));
  const groups = calls.map(({ plan }) => plan);
  const names = new Set(declared.groups.map(({ name }) => name));
  const removed = [...memory.groups]
    .filter(([name]) => !names.has(name))
    .map(([name, one]) => [name, withoutAbsent(one, { observed, marks: told.marks })] as const);
  const served = groups.filter(({ inEffect }) => inEffect);
  const unread = labelled.filter(({ known }) => !known);
  const anybody = groups.length > 0 || declaring.length > 0;
  // The hosts of groups that were never read are not known, and labels must not answer them meanwhile.
  const unreadable = groups.length === 0 && declared.problem !== undefined;
  const opened = memory.opened || (anybody && !unreadable && served.length === groups.length && unread.length === 0);
  // Where nothing is in effect there is nothing to serve, and an empty 200 would take every route away.
  const open = opened && (served.length > 0 || (groups.length === 0 && unread.length < declaring.length));
  const locking = calls.filter(({ plan, locks }) => locks || (!open && !plan.inEffect));
  const locked = locking.length > 0 || !open;
  const awaited = locked ? locking : calls.filter(({ plan }) => plan.pending);
  const unknown = open ? [] : unread.map(notRead);
  return {
    plan: markShared(
      {
        state: locked ? "locked" : "ready",
        waiting:
          anybody && !(locked && unreadable)
            ? [...awaited.flatMap(({ waiting }) => waiting), ...unknown]
            : [nobodyDeclared(declared)],
        groups,
        labelled: labelled.flatMap(({ rows }) => rows),
        stale: staleListings(groups, declaring, observed),
      },
      observed,
    ),
    memory: {
      opened,
      groups: new Map([...removed, ...groups.flatMap(remember)]),
      labelled: new Map(labelled.flatMap(rememberLabelled)),
    },
  };
}

/** What probes and people say of instances. */
export type Told = Omit<Known, "observed">;

export const nothingTold: Told = { answers: new Map(), marks: new Map(), heldBack: new Map() };

/** One project of self-declaring instances; `known` if it was ever read, in this run or an earlier one. */
interface LabelledCall {
  readonly project: SelfDeclaring;
  readonly known: boolean;
  readonly rows: readonly LabelledPlan[];
}

function projectKey({ source, project }: SelfDeclaring): string {
  return `${source}/${project}`;
}

function rememberLabelled({ project, known, rows }: LabelledCall) {
  if (!known) return [];
  const served = rows.flatMap(({ instance, address, keys }) =>
    address === undefined ? [] : [[instance, { address, keys }] as const],
  );
  return [[projectKey(project), new Map(served)] as const];
}

function notRead({ project: { source, project } }: LabelledCall): Waiting {
  const detail = `project ${project} of source ${source}, whose instances declare themselves, has not been read yet`;
  return { group: null, replica: null, reason: "not-read", detail };
}

function remember(plan: GroupPlan) {
  if (!plan.inEffect) return [];
  const { group, inEffect, serves } = plan;
  const members = membersOf(plan);
  const weights = members.flatMap(({ replica, weight, weightFrom }) =>
    weight !== undefined && weightFrom === "instance" ? [[replica, weight] as const] : [],
  );
  const memory: GroupMemory = {
    roster: inEffect,
    members: new Map(members.map(({ replica, address }) => [replica, address])),
    weights: new Map(weights),
    ...(serves && { declared: serves }),
  };
  return [[group.name, memory] as const];
}

function nobodyDeclared({ directory, problem }: Declared): Waiting {
  const detail = problem ?? `${directory} declares no group`;
  return { group: null, replica: null, reason: problem === undefined ? "missing" : "error", detail };
}

/** The listings that groups and labels depend on and that the newest look did not renew, each once. */
function staleListings(
  groups: readonly GroupPlan[],
  labelled: readonly SelfDeclaring[],
  observed: Observed,
): StaleListing[] {
  const rosters = groups.flatMap(({ inEffect, pending }) =>
    [inEffect, pending].filter((one) => one !== undefined).flatMap(placesOf),
  );
  const places = new Map([...rosters, ...labelled].map((one) => [`${one.source}/${one.project}`, one] as const));
  return [...places.values()].flatMap(({ source, project }) => {
    const { instances, problem }: Partial<Listing> = listingOf({ source, project }, observed) ?? {};
    return instances && problem === undefined ? [] : [{ source, project, problem: problem ?? "not read yet" }];
  });
}
