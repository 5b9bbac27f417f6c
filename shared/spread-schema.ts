import { z } from "zod";
import { lxdName } from "./lxd-values.ts";

/** Over which sources a group is spread: how many replicas each has, or all of them evenly. */
export const spreadSchema = z
  .union(
    [
      z.array(lxdName).min(1),
      z.record(lxdName, z.int().min(0).max(10_000)).refine((counts) => Object.keys(counts).length > 0),
    ],
    { error: "is a list of sources, [lxd-a, incus-b], or how many replicas each has, { lxd-a: 2, incus-b: 1 }" },
  )
  .refine((spread) => !Array.isArray(spread) || new Set(spread).size === spread.length, {
    error: "names a source twice",
  })
  .describe(
    "Over which sources the replicas are spread, instead of `source`: a list, evenly, or how many each has. Add to a list at its end, and no more replicas move than have to.",
  );

export type Spread = z.output<typeof spreadSchema>;

/** How many replicas a spread has if it says how many each source has. */
export function countOf(spread: Spread | undefined): number | undefined {
  if (spread === undefined || Array.isArray(spread)) return undefined;
  return Object.values(spread).reduce((sum, count) => sum + count, 0);
}
