import type { ObjectId, ObjectValue } from "../objects/objects.ts";
import { described, referencesOf, targetOf } from "../objects/references.ts";

/**
 * The objects that refer to themselves, directly or through others, one list per cycle. Traefik turns an HTTP router off for a cycle; its
 * process dies of one among TCP or UDP services. (Seen on 3.7.15.) Tarjan's algorithm, without recursion: linear, whatever the depth.
 * `from`: only what these lead to is looked at.
 */
export function cyclesOf(
  entries: ReadonlyMap<ObjectId, { readonly value: ObjectValue }>,
  from: Iterable<ObjectId> = entries.keys(),
): ObjectId[][] {
  const index = new Map<ObjectId, number>();
  const low = new Map<ObjectId, number>();
  const open = new Set<ObjectId>();
  const stack: ObjectId[] = [];
  const cycles: ObjectId[][] = [];

  const next = (id: ObjectId) =>
    referencesOf(id, entries.get(id)?.value ?? {})
      .map(targetOf)
      .filter((target) => entries.has(target));

  for (const root of from) {
    if (index.has(root) || !entries.has(root)) continue;
    const work: { id: ObjectId; targets: ObjectId[] }[] = [enter(root)];
    for (let top = work.at(-1); top; top = work.at(-1)) {
      const { id, targets } = top;
      const target = targets.pop();
      if (target === undefined) {
        work.pop();
        const above = work.at(-1);
        if (above) lower(above.id, low.get(id));
        if (low.get(id) === index.get(id)) close(id);
      } else if (!index.has(target)) work.push(enter(target));
      else if (open.has(target)) lower(id, index.get(target));
    }
  }
  return cycles;

  function enter(id: ObjectId) {
    index.set(id, index.size);
    low.set(id, index.size - 1);
    stack.push(id);
    open.add(id);
    return { id, targets: next(id) };
  }

  function lower(id: ObjectId, to: number | undefined) {
    low.set(id, Math.min(low.get(id) ?? 0, to ?? Number.POSITIVE_INFINITY));
  }

  /** The stack from here on is one strongly connected component; a single object is a cycle only if it names itself. */
  function close(id: ObjectId) {
    const part = stack.splice(stack.lastIndexOf(id));
    for (const one of part) open.delete(one);
    if (part.length > 1 || next(id).includes(id)) cycles.push(part.sort());
  }
}

/** Why an object of a cycle is off. A long cycle is not named in full. */
export function cycleText(cycle: readonly ObjectId[]): string {
  const names = cycle.slice(0, 10).map(described).join(", ");
  return `refers to itself through ${names}${cycle.length > 10 ? " and others" : ""}`;
}
