import type { DeclaredGroup } from "../shared/parse-groups.ts";
import type { Memory } from "./roll-call/memory.ts";

/** How long the memory of a removed group is kept, in milliseconds. */
export const remembered = 5 * 60_000;

/**
 * Forgets the groups that have not been declared for that long. One that comes back before (an undo, a checkout) is in effect as it was,
 * and need not be complete again. `now` counts milliseconds.
 */
export function createForgetting(now: () => number = () => performance.now()) {
  const removed = new Map<string, number>();
  return (memory: Memory, declared: readonly DeclaredGroup[]): Memory => {
    const names = new Set(declared.map(({ name }) => name));
    const at = now();
    const groups = [...memory.groups].filter(([name]) => {
      const since = removed.get(name) ?? at;
      const isKept = at - since < remembered;
      if (names.has(name) || !isKept) removed.delete(name);
      else removed.set(name, since);
      return isKept;
    });
    return { ...memory, groups: new Map(groups) };
  };
}
