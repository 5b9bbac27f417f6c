import { describe, expect, test } from "vitest";
import { mayBeUnavailable, rolloutSchema, usualRollout } from "../../shared/rollout.ts";

const accepts = (written: object) => rolloutSchema.safeParse(written).success;

test("a rollout of which nothing is said takes one replica at a time, has ten minutes a step, and stays where it fails", () => {
  expect(usualRollout).toEqual({
    partition: 0,
    maxUnavailable: 1,
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
  ["Kubernetes' own spelling of another key", { maxSurge: 1 }, false],
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
    expect(mayBeUnavailable(rolloutSchema.parse({ maxUnavailable }), replicas)).toBe(expected);
  });

  test("is one where a group declares no rollout", () => expect(mayBeUnavailable(undefined, 9)).toBe(1));
});
