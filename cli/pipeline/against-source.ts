import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type Adoption, adoptionsOf, hindrances } from "./adoptions.ts";
import type { Change } from "./changes.ts";
import { type Missing, missingFor } from "./missing.ts";
import { remarksOn } from "./remarks.ts";
import { type Inventories, replicasOf, type StackOf } from "./replicas.ts";

/** What a plan comes to, once what its source has is known. */
export interface Compared {
  /** Those of the plan; what is there as declared is adopted instead of created or replaced. */
  readonly changes: readonly Change[];
  readonly adoptions: readonly Adoption[];
  /** What would make the apply fail: nothing may be applied then. */
  readonly missing: readonly Missing[];
  readonly hindrances: readonly string[];
  /** What stays different from the files after the apply, with the command for it. */
  readonly remarks: readonly string[];
}

/** Compares the plan of the stack of one source with what the source has. */
export function againstSource(
  stack: StackOf,
  plan: readonly Change[],
  groups: readonly DeclaredGroup[],
  inventories: Inventories,
): Compared {
  const planned = replicasOf(stack, groups, plan, inventories);
  const adoptions = adoptionsOf(planned);
  const adopted = new Map(adoptions.map(({ change }) => [change.name, change]));
  const replicas = planned.map((one) => ({ ...one, change: adopted.get(one.name) ?? one.change }));
  return {
    changes: plan.map((change) => adopted.get(change.name) ?? change),
    adoptions,
    missing: missingFor(replicas),
    hindrances: hindrances(replicas),
    remarks: remarksOn(replicas),
  };
}
