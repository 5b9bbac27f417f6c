import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlacedGroup, placed } from "../../shared/placed.ts";
import { usualRollout } from "../../shared/rollout.ts";
import type { Spread } from "../../shared/spread-schema.ts";
import { runs } from "../support/runs.ts";

/** The source of each replica. */
function sourcesFor(spread: Spread, replicas: number, surge = 0): string[] {
  const group: PlacedGroup = {
    name: "web",
    replicas: replicas + surge,
    spread,
    ...(surge > 0 && { rollout: { ...usualRollout, surge } }),
  };
  return placed(group).map(({ source }) => source);
}

function countsOf(sources: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const source of sources) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}

/** How many replicas that both have are on another source. */
function moves(before: readonly string[], after: readonly string[]): number {
  return before.filter((source, index) => after[index] !== undefined && after[index] !== source).length;
}

const sourceName = fc.stringMatching(/^[a-z]{1,4}$/);
const list = fc.uniqueArray(sourceName, { minLength: 1, maxLength: 6 });
const replicas = fc.nat(60);

test("the replicas of a group of one source are all there, by their names", () => {
  expect(placed({ name: "web", replicas: 2, source: "lxd-a" })).toEqual([
    { name: "web-0", source: "lxd-a" },
    { name: "web-1", source: "lxd-a" },
  ]);
});

describe("a list of sources", () => {
  test("is a placement that no later version may change: each change would destroy instances", () => {
    expect(sourcesFor(["a", "b"], 5).join("")).toBe("ababa");
    expect(sourcesFor(["a", "b", "c"], 8).join("")).toBe("abcbacab");
    expect(sourcesFor(["a", "b", "c", "d"], 12).join("")).toBe("abcdacdbcbad");
  });

  test("is never uneven by more than one", () => {
    fc.assert(
      fc.property(list, replicas, (sources, count) => {
        const counts = countsOf(sourcesFor(sources, count));
        const all = sources.map((source) => counts[source] ?? 0);
        expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
      }),
      { numRuns: runs(50) },
    );
  });

  test("keeps every replica where it is when there are more or fewer of them", () => {
    fc.assert(
      fc.property(list, replicas, replicas, (sources, one, other) => {
        expect(moves(sourcesFor(sources, one), sourcesFor(sources, other))).toBe(0);
      }),
      { numRuns: runs(50) },
    );
  });

  test("gives a source that is added at its end its share, and of up to four moves nothing else; without it all is as before", () => {
    fc.assert(
      fc.property(list, replicas, (sources, count) => {
        const [before, after] = [sourcesFor(sources.slice(0, -1), count), sourcesFor(sources, count)];
        fc.pre(sources.length > 1);
        const taken = countsOf(after)[sources.at(-1) ?? ""] ?? 0;
        expect(moves(before, after)).toBeGreaterThanOrEqual(taken);
        expect(moves(before, after)).toBeLessThanOrEqual(sources.length > 4 ? 2 * taken : taken);
      }),
      { numRuns: runs(50) },
    );
  });
});

describe("counts of replicas for each source", () => {
  const counts = fc
    .dictionary(sourceName, fc.nat(9), { minKeys: 1, maxKeys: 4, noNullPrototype: true })
    .filter((one) => Object.keys(one).length > 0);
  const sum = (spread: Record<string, number>) => Object.values(spread).reduce((all, one) => all + one, 0);
  const placedBy = (spread: Record<string, number>) => sourcesFor(spread, sum(spread));

  test("are a placement that no later version may change", () => {
    expect(placedBy({ a: 2, b: 1 }).join("")).toBe("baa");
    expect(placedBy({ a: 3, b: 3, c: 2 }).join("")).toBe("cacbaabb");
  });

  test("are met exactly, and neither their order nor a source with none matters", () => {
    fc.assert(
      fc.property(counts, sourceName, (spread, other) => {
        const meant = Object.fromEntries(Object.entries(spread).filter(([, count]) => count > 0));
        expect(countsOf(placedBy(spread))).toEqual(meant);
        expect(placedBy(Object.fromEntries(Object.entries(spread).reverse()))).toEqual(placedBy(spread));
        expect(placedBy({ [other]: 0, ...spread })).toEqual(placedBy(spread));
      }),
      { numRuns: runs(25) },
    );
  });

  test("move one replica, and at most one more of each source, when one of a source goes to another, comes or goes", () => {
    fc.assert(
      fc.property(counts, sourceName, (spread, to) => {
        const [from = ""] = Object.keys(spread).filter((source) => spread[source] !== 0);
        fc.pre(from !== "" && from !== to);
        const [less, more] = [(spread[from] ?? 0) - 1, (spread[to] ?? 0) + 1];
        const all = new Set([...Object.keys(spread), to]).size;
        const before = placedBy(spread);
        expect(moves(before, placedBy({ ...spread, [from]: less, [to]: more }))).toBeLessThanOrEqual(all);
        expect(moves(before, placedBy({ ...spread, [to]: more }))).toBeLessThanOrEqual(all);
        expect(moves(before, placedBy({ ...spread, [from]: less }))).toBeLessThanOrEqual(all);
      }),
      { numRuns: runs(25) },
    );
  });

  test("are those of the file: what a rollout adds moves nothing, and goes where replicas are", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 9 }), (spread, surge) => {
        fc.pre(sum(spread) > 0);
        const [before, after] = [placedBy(spread), sourcesFor(spread, sum(spread), surge)];
        expect(after.slice(0, before.length)).toEqual(before);
        expect(after.slice(before.length).every((source) => (spread[source] ?? 0) > 0)).toBe(true);
      }),
      { numRuns: runs(25) },
    );
  });
});
