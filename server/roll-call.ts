import type { Declared } from "./declared.ts";
import { callGroup } from "./group-call.ts";
import type { GroupMemory, Memory } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { type GroupPlan, membersOf, type Plan, type StaleListing, type Waiting } from "./plan.ts";

/**
 * Compares who is declared with who is present, and decides what may be served. Pure and total: the same memory, files and
 * listings give the same plan and the same next memory, and no input is refused.
 */
export function callRoll(memory: Memory, declared: Declared, observed: Observed): { plan: Plan; memory: Memory } {
  const calls = declared.groups.map((group) => callGroup(memory.groups.get(group.name), group, observed));
  const groups = calls.map(({ plan }) => plan);
  const served = groups.filter(({ inEffect }) => inEffect);
  const opened = memory.opened || (groups.length > 0 && served.length === groups.length);
  // Where nothing is in effect there is nothing to serve, and an empty 200 would take every route away.
  const open = opened && served.length > 0;
  const locking = calls.filter(({ plan, locks }) => locks || (!open && !plan.inEffect));
  const locked = locking.length > 0 || groups.length === 0;
  const awaited = locked ? locking : calls.filter(({ plan }) => plan.pending);
  return {
    plan: {
      state: locked ? "locked" : "ready",
      waiting: groups.length === 0 ? [nobodyDeclared(declared)] : awaited.flatMap(({ waiting }) => waiting),
      groups,
      stale: staleListings(groups, observed),
    },
    memory: { opened, groups: new Map(served.flatMap(remember)) },
  };
}

function remember(plan: GroupPlan) {
  if (!plan.inEffect) return [];
  const { group, inEffect, former } = plan;
  const members = membersOf(plan);
  const weights = members.flatMap(({ replica, weight, weightFrom }) =>
    weight !== undefined && weightFrom === "instance" ? [[replica, weight] as const] : [],
  );
  const declared = group.service.protocol === inEffect.protocol ? group : former;
  const memory: GroupMemory = {
    roster: inEffect,
    members: new Map(members.map(({ replica, address }) => [replica, address])),
    weights: new Map(weights),
    ...(declared && { declared }),
  };
  return [[group.name, memory] as const];
}

function nobodyDeclared({ directory, problem }: Declared): Waiting {
  const detail = problem ?? `${directory} declares no group`;
  return { group: null, replica: null, reason: problem === undefined ? "missing" : "error", detail };
}

/** The listings that groups depend on and that are not of the newest look, each once. */
function staleListings(groups: readonly GroupPlan[], observed: Observed): StaleListing[] {
  const places = new Map(
    groups.flatMap(({ inEffect, pending }) =>
      [inEffect, pending].flatMap((roster) =>
        roster ? [[`${roster.source}/${roster.project}`, roster] as const] : [],
      ),
    ),
  );
  return [...places.values()].flatMap(({ source, project }) => {
    const listing = observed.get(source)?.get(project);
    if (listing?.instances && listing.problem === undefined) return [];
    return [{ source, project, problem: listing?.problem ?? "not read yet" }];
  });
}
