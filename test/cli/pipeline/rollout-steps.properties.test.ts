import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepBack, stepForward } from "../../../cli/pipeline/rollout-steps.ts";
import { mayBeUnavailable } from "../../../shared/rollout.ts";
import { runs } from "../../support/runs.ts";
import { back, edited, forward, images, web } from "./rollouts.ts";

/** A group whose rollout has not begun, or stands at any partition. */
const anyGroup = fc
  .record({
    replicas: fc.nat(12),
    partition: fc.option(fc.nat(14), { nil: undefined }),
    maxUnavailable: fc.oneof(
      fc.integer({ min: 1, max: 14 }),
      fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
    ),
  })
  .map(({ replicas, partition, maxUnavailable }) =>
    web(replicas, { maxUnavailable, ...(partition !== undefined && { image: "web-v2", partition }) }),
  );

/** The replicas that have an image, by their index. */
const madeFrom = (image: string, all: readonly (string | undefined)[]) =>
  all.flatMap((one, index) => (one === image ? [`web-${index}`] : []));
const most = (taken: readonly (readonly string[])[]) => Math.max(0, ...taken.map(({ length }) => length));

describe("from any state of a rollout", () => {
  test("forward ends, takes each replica that is not new yet once, from the highest down, and never too many", () => {
    fc.assert(
      fc.property(anyGroup, (group) => {
        const { taken, end } = forward(group);
        expect(taken.toReversed().flat()).toEqual(madeFrom("web", images(group)));
        expect(most(taken)).toBeLessThanOrEqual(mayBeUnavailable(group.rollout, group.replicas));
        expect([images(end), end.instance?.image]).toEqual([Array(group.replicas).fill("web-v2"), "web-v2"]);
      }),
      { numRuns: runs(100) },
    );
  });

  test("back ends, takes each new replica once, from the lowest up, never too many, and undoes every step", () => {
    fc.assert(
      fc.property(anyGroup, fc.nat(14), (group, count) => {
        const there = forward(group).steps.slice(0, -1).slice(0, count).reduce(edited, group);
        const { taken, end } = back(there);
        expect(taken.flat()).toEqual(madeFrom("web-v2", images(there)));
        expect(most(taken)).toBeLessThanOrEqual(mayBeUnavailable(group.rollout, group.replicas));
        expect([images(end), end.rollout?.image]).toEqual([Array(group.replicas).fill("web"), undefined]);
      }),
      { numRuns: runs(100) },
    );
  });

  test("a step takes exactly those whose image it changes", () => {
    fc.assert(
      fc.property(anyGroup, fc.boolean(), (group, undo) => {
        const step = undo ? stepBack(group) : stepForward(group, "web-v2");
        if (!step) return;
        const [before, after] = [images(group), images(edited(group, step))];
        expect(step.taken).toEqual(after.flatMap((image, index) => (image === before[index] ? [] : [`web-${index}`])));
      }),
      { numRuns: runs(100) },
    );
  });
});
