import { expect, test } from "vitest";
import { type Reached, reach, reachedAt } from "../../../server/marks/reached.ts";

const after = (...ordinals: readonly number[]) =>
  ordinals.reduce<Reached>((before, ordinal, index) => reach(before, { ordinal, at: index * 1000 }), []);

test("a document is reached by the first one that is at least as new", () => {
  const reached = after(3, 5, 5, 6);
  expect([2, 3, 4, 5, 6, 7].map((ordinal) => reachedAt(reached, ordinal))).toEqual([0, 0, 1000, 1000, 3000, undefined]);
});

test("what is rolled back to an older document has the newer ones no more", () => {
  expect(after(3, 5, 4)).toEqual([
    { ordinal: 3, at: 0 },
    { ordinal: 4, at: 2000 },
  ]);
});

test("of many, few are kept: none is said to have been reached before it was, nor later by more than half its age", () => {
  const count = 10_000;
  const reached = after(...Array(count).keys());
  expect(reached.length).toBeLessThanOrEqual(64);
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const at = (reachedAt(reached, ordinal) ?? 0) / 1000;
    expect(at).toBeGreaterThanOrEqual(ordinal);
    expect(at - ordinal).toBeLessThanOrEqual(Math.max(1, (count - ordinal) / 2));
  }
});
