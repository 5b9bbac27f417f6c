import { describe, expect, test } from "vitest";
import { mayBeUnavailable, maySurge, rolloutSchema, usualRollout } from "../../shared/rollout.ts";

const accepts = (written: object) => rolloutSchema.safeParse(written).success;

test("a rollout of which nothing is said takes one replica at a time, has ten minutes a step, and stays where it fails", () => {
  expect(usualRollout).toEqual({
    partition: 0,
    maxUnavailable: 1,
    maxSurge: 0,
    minReadySeconds: 0,
    progressDeadline: "10m",
    autoRevert: false,
  });
});

test.each<[string, object, boolean]>([
  ["an image alone", { image: "web-v2" }, true],
  ["an empty image", { image: "" }, false],
  ["a partition of 0", { partition: 0 }, true],
  ["a partition beyond all replicas", { partition: 99_999 }, true],
  ["a negative partition", { partition: -1 }, false],
  ["a part of a replica", { partition: 1.5 }, false],
  ["1 unavailable", { maxUnavailable: 1 }, true],
  ["none unavailable, by which nothing could ever begin", { maxUnavailable: 0 }, false],
  ["1%", { maxUnavailable: "1%" }, true],
  ["100%", { maxUnavailable: "100%" }, true],
  ["101%", { maxUnavailable: "101%" }, false],
  ["0%", { maxUnavailable: "0%" }, false],
  ["025%", { maxUnavailable: "025%" }, false],
  ["a number in quotes", { maxUnavailable: "2" }, false],
  ["a day to be ready", { minReadySeconds: 86_400 }, true],
  ["more than a day to be ready", { minReadySeconds: 86_401 }, false],
  ["a deadline in seconds", { progressDeadline: "90s" }, true],
  ["a deadline without unit", { progressDeadline: 90 }, false],
  ["none added", { maxSurge: 0 }, true],
  ["all of them added", { maxSurge: "100%" }, true],
  ["fewer than none added", { maxSurge: -1 }, false],
  ["more added than a group may have", { maxSurge: 10_001 }, false],
  ["one that was added", { image: "web-v2", surge: 1 }, true],
  ["one that was added, and no rollout", { surge: 1 }, false],
  ["none that was added", { image: "web-v2", surge: 0 }, false],
  ["a previous image alone", { previous: "web-v1" }, true],
  ["Kubernetes' spelling of another key", { paused: true }, false],
])("%s", (_, written, accepted) => expect(accepts(written)).toBe(accepted));

describe("how many replicas may be unavailable", () => {
  test.each([
    [1, 0, 1],
    [3, 2, 3],
    ["50%", 0, 1],
    ["50%", 1, 1],
    ["50%", 3, 1],
    ["50%", 5, 2],
    ["34%", 3, 1],
    ["33%", 10, 3],
    ["100%", 7, 7],
    ["1%", 10_000, 100],
    ["29%", 100, 29],
  ])("%j of %i is %i: rounded down, but never none", (maxUnavailable, replicas, expected) => {
    expect(mayBeUnavailable({ replicas, rollout: rolloutSchema.parse({ maxUnavailable }) })).toBe(expected);
  });

  test("is one where a group declares no rollout", () => expect(mayBeUnavailable({ replicas: 9 })).toBe(1));
});

describe("how many replicas a rollout adds", () => {
  test.each([
    [0, 5, 0],
    [2, 1, 2],
    ["25%", 0, 0],
    ["25%", 1, 1],
    ["25%", 5, 2],
    ["100%", 3, 3],
  ])("%j of %i is %i: rounded up", (maxSurge, replicas, expected) => {
    expect(maySurge({ replicas, rollout: rolloutSchema.parse({ maxSurge }) })).toBe(expected);
  });

  test("is counted from the replicas of the file, without those that it has added", () => {
    const rollout = rolloutSchema.parse({ maxSurge: "50%", maxUnavailable: "50%", image: "web-v2", surge: 2 });
    expect([maySurge({ replicas: 6, rollout }), mayBeUnavailable({ replicas: 6, rollout })]).toEqual([2, 2]);
  });
});
