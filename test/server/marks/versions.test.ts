import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createClock, type Entry, isNewer, merge, type Register } from "../../../server/marks/versions.ts";

const seed = Number(process.env.ROLLCALL_SEED ?? Date.now() % 2 ** 31);
const runs = { seed, numRuns: 300 };

/** A version is unique, so what is written at it follows from it. */
const entry = fc
  .record({ at: fc.integer({ min: 0, max: 5 }), by: fc.constantFrom("a", "b", "c") })
  .map((version): Entry => ({ version, ended: (version.at + version.by.charCodeAt(0)) % 3 === 0, until: 10 }));
const register = fc
  .array(fc.tuple(fc.constantFrom("web-0", "web-1", "web-2"), entry), { maxLength: 6 })
  .map((all): Register => new Map(all));
const sorted = (one: Register) => [...one].sort(([a], [b]) => (a < b ? -1 : 1));

describe(`registers that servers share (seed ${seed})`, () => {
  test("come to the same in whatever order, grouping and number they are merged", () => {
    fc.assert(
      fc.property(register, register, register, (a, b, c) => {
        expect(sorted(merge(a, b))).toEqual(sorted(merge(b, a)));
        expect(sorted(merge(merge(a, b), c))).toEqual(sorted(merge(a, merge(b, c))));
        expect(merge(merge(a, b), b)).toEqual(merge(a, b));
        expect(merge(a, a)).toEqual(a);
      }),
      runs,
    );
  });

  test("never go back to an older version", () => {
    fc.assert(
      fc.property(register, register, (a, b) => {
        for (const [key, { version }] of merge(a, b))
          for (const one of [a, b]) expect(isNewer(one.get(key)?.version ?? { at: -1, by: "" }, version)).toBe(false);
      }),
      runs,
    );
  });
});

describe("the clock of versions", () => {
  test("gives what is written after something was heard a newer version, though its own clock is behind by a year", () => {
    const ahead = createClock("a", () => 40_000_000_000);
    const behind = createClock("b", () => 1);
    const first = ahead.next();
    behind.hear([first]);
    const second = behind.next();
    expect(isNewer(second, first)).toBe(true);
    ahead.hear([second]);
    expect(isNewer(ahead.next(), second)).toBe(true);
  });

  test("gives each version once, though its clock stands still or is set back", () => {
    const times = [5, 5, 3, 9];
    const clock = createClock("a", () => times.shift() ?? 0);
    expect([clock.next(), clock.next(), clock.next(), clock.next()].map(({ at }) => at)).toEqual([5, 6, 7, 9]);
  });
});
