import type { Group } from "./group.ts";
import { evenly } from "./placed.ts";

type Target = NonNullable<NonNullable<Group["instance"]>["target"]>;

/** The member, or the group of members, that the replica of that index is to be on. */
export function targetOf(target: Target, index: number): string {
  if (typeof target === "string") return target;
  const { spread } = target;
  const known = spreads.get(spread);
  const member = known?.[index];
  if (member !== undefined) return member;
  // A row at the end that is not full may be another one once it is. It is no longer than the members are many, of each number of them.
  const needed = 2 * (index + 1);
  spreads.set(spread, evenly(spread, needed + spread.length ** 2).slice(0, needed));
  return targetOf(target, index);
}

/** Worked out once for each list of members: each replica asks. */
const spreads = new WeakMap<readonly string[], readonly string[]>();
