import type { Release } from "./drain.ts";

/** When somebody first had each document or a newer one, oldest first: the last one is the newest that it has. */
export type Reached = readonly Release[];

/** More are thinned out, the older the more: of one that is gone it is said that it was reached later than it was, by half its age at most. */
const most = 64;

/** Adds a document, unless it is the one that is had already. Those of newer ones are dropped: they are had no more. */
export function reach(before: Reached, next: Release): Reached {
  if (before.at(-1)?.ordinal === next.ordinal) return before;
  const kept = before.filter(({ ordinal }) => ordinal < next.ordinal);
  return [...(kept.length < most ? kept : thinned(kept, next.at)), next];
}

function thinned(reached: Reached, now: number): Reached {
  const kept: Release[] = [];
  reached.forEach((one, index) => {
    const [before, after] = [kept.at(-1), reached[index + 1]];
    if (!before || !after || after.at - before.at > (now - before.at) / 4) kept.push(one);
  });
  return kept;
}

/** When the document of this ordinal or a newer one was first had, in milliseconds since 1970; undefined if none of them is. */
export function reachedAt(reached: Reached, ordinal: number): number | undefined {
  return reached.find((one) => one.ordinal >= ordinal)?.at;
}
