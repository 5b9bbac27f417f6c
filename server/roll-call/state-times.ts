import { steadyNow } from "../../files/steady-now.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type Plan, placeOf, type ReplicaPlan } from "./plan.ts";

/** Since when each replica has been in its state. The plan knows no clock; this watches it over time. */
export interface StateTimes {
  note(plan: Plan): void;
  /** In milliseconds since 1970. */
  of(group: DeclaredGroup, row: ReplicaPlan): number | undefined;
}

export function createStateTimes(now: () => number = steadyNow): StateTimes {
  let known = new Map<string, { what: string; at: number }>();
  return {
    note(plan) {
      const next: typeof known = new Map();
      for (const { group, replicas } of plan.groups)
        for (const row of replicas) {
          const key = keyOf(group, row);
          const what = `${row.state} ${row.address} ${row.reason}`;
          const before = known.get(key);
          next.set(key, before?.what === what ? before : { what, at: now() });
        }
      known = next;
    },
    of: (group, row) => known.get(keyOf(group, row))?.at,
  };
}

function keyOf(group: DeclaredGroup, row: ReplicaPlan): string {
  const { source, project } = placeOf(group, row);
  return `${group.name}/${source}/${project}/${row.replica}`;
}
