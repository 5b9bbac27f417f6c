import { createHash } from "node:crypto";
import { byCodePoint } from "../files/by-code-point.ts";
import { replicaNames } from "./replica-names.ts";
import { type Rollout, replicasOfFile } from "./rollout.ts";
import type { Spread } from "./spread-schema.ts";

/** Where the replicas of a group are: all on one source, or spread over several. */
export type Placement =
  | { readonly source: string; readonly spread?: undefined }
  | { readonly source?: undefined; readonly spread: Spread };

/** A group as it is read: `replicas` has those that its rollout has added. */
export type PlacedGroup = Placement & {
  readonly name: string;
  readonly replicas: number;
  readonly rollout?: Rollout | undefined;
};

/** One replica of a group, and the source that it is on. */
export interface Placed {
  readonly name: string;
  readonly source: string;
}

/** The replicas of a group in the order of their index. Stacks, server and verbs know only from here where one is. */
export function placed(group: PlacedGroup): readonly Placed[] {
  const { spread, source = "" } = group;
  const known = group.spread && placements.get(group);
  if (known) return known;
  const sources = spread && spreadOut(spread, group);
  const all = replicaNames(group).map((name, index) => ({ name, source: sources?.[index] ?? source }));
  placements.set(group, all);
  return all;
}

/** Worked out once for each group that is read: each roll call asks. */
const placements = new WeakMap<PlacedGroup, readonly Placed[]>();

/** The sources that a group names, whether it has a replica there or not. */
export function sourcesOf({ source, spread }: Placement): readonly string[] {
  if (spread === undefined) return [source];
  return Array.isArray(spread) ? spread : Object.keys(spread).sort(byCodePoint);
}

function spreadOut(spread: Spread, group: PlacedGroup): string[] {
  if (Array.isArray(spread)) return evenly(spread, group.replicas);
  const own = byCounts(spread, replicasOfFile(group));
  const willing = Object.keys(spread)
    .filter((source) => spread[source] !== 0)
    .sort(byCodePoint);
  // The counts are those of the file. What a rollout has added moves none of them.
  return [...own, ...evenly(willing, group.replicas).slice(own.length)];
}

/**
 * In each row of as many replicas as there are sources, each source has one. So the sources are never uneven by more than one, and
 * another replica moves none. The placement follows from the one without the last source, which takes what stands twice in a row: adding
 * a source at the end moves replicas to it and, of up to four sources, no others.
 */
export function evenly(sources: readonly string[], replicas: number): string[] {
  let before = Array.from({ length: replicas }, () => sources[0] ?? "");
  for (let count = 2; count <= sources.length; count++) {
    const all = sources.slice(0, count);
    before = Array.from({ length: Math.ceil(replicas / count) }, (_, row) => {
      const asBefore = before.slice(row * count, (row + 1) * count);
      const lacking = all.filter((source) => !asBefore.includes(source));
      return asBefore.map((source, at) => (asBefore.indexOf(source) === at ? source : (lacking.pop() ?? source)));
    }).flat();
  }
  return before;
}

/**
 * Rendezvous hashing with bounds: each replica prefers the sources in an order of its own, and takes the first that has room. A count that
 * changes by one moves few others, and the order of the counts in the file does not matter.
 */
function byCounts(counts: Readonly<Record<string, number>>, replicas: number): string[] {
  const room = new Map(Object.entries(counts).sort(([a], [b]) => byCodePoint(a, b)));
  return Array.from({ length: replicas }, (_, index) => {
    const open = [...room].filter(([, left]) => left > 0).map(([source]) => source);
    const [source = ""] = open.sort((a, b) => byCodePoint(preference(index, a), preference(index, b)));
    room.set(source, (room.get(source) ?? 0) - 1);
    return source;
  });
}

function preference(index: number, source: string): string {
  return createHash("sha256").update(`${index}/${source}`).digest("hex");
}
