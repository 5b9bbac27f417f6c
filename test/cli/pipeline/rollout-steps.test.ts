import { describe, expect, test } from "vitest";
import { stepBack, stepForward } from "../../../cli/pipeline/rollout-steps.ts";
import { type Rollout, rolloutSchema } from "../../../shared/rollout.ts";
import { back, forward, web } from "./rollouts.ts";

describe("forward", () => {
  test.each<[number, Rollout["maxUnavailable"], string[][]]>([
    [0, 1, [[]]],
    [1, 1, [["web-0"], []]],
    [3, 1, [["web-2"], ["web-1"], ["web-0"], []]],
    [5, 1, [["web-4"], ["web-3"], ["web-2"], ["web-1"], ["web-0"], []]],
    [1, 2, [["web-0"], []]],
    [3, 2, [["web-1", "web-2"], ["web-0"], []]],
    [5, 2, [["web-3", "web-4"], ["web-1", "web-2"], ["web-0"], []]],
    [0, "50%", [[]]],
    [1, "50%", [["web-0"], []]],
    [3, "50%", [["web-2"], ["web-1"], ["web-0"], []]],
    [5, "50%", [["web-3", "web-4"], ["web-1", "web-2"], ["web-0"], []]],
  ])("%i replicas, at most %j of them at a time, go in these steps", (replicas, maxUnavailable, taken) => {
    expect(forward(web(replicas, { maxUnavailable })).taken).toEqual(taken);
  });

  test("each step but the last writes the image and the partition, the last one the group's own image", () => {
    expect(forward(web(1)).steps.map(({ edits }) => edits)).toEqual([
      [
        { path: ["rollout", "image"], value: "web-v2" },
        { path: ["rollout", "partition"], value: 0 },
      ],
      [
        { path: ["instance", "image"], value: "web-v2" },
        { path: ["rollout", "image"], value: undefined },
        { path: ["rollout", "partition"], value: undefined },
      ],
    ]);
  });

  test("to the image that the group has is nothing", () => {
    expect(stepForward(web(3), "web")).toBeUndefined();
  });

  test("continues at the partition where one was interrupted, and ignores a partition beyond the replicas", () => {
    expect(forward(web(5, { image: "web-v2", partition: 2 })).taken).toEqual([["web-1"], ["web-0"], []]);
    expect(forward(web(2, { image: "web-v2", partition: 9 })).taken).toEqual([["web-1"], ["web-0"], []]);
  });

  test("keeps the rest of the policy", () => {
    const policy = { maxUnavailable: "50%", minReadySeconds: 3, autoRevert: true, progressDeadline: "90s" };
    expect(forward(web(3, policy)).end.rollout).toEqual(rolloutSchema.parse(policy));
  });
});

describe("back", () => {
  test.each<[number, Rollout["maxUnavailable"], number, string[][]]>([
    [0, 1, 0, [[]]],
    [1, 1, 0, [["web-0"]]],
    [3, 1, 1, [["web-1"], ["web-2"]]],
    [5, 2, 0, [["web-0", "web-1"], ["web-2", "web-3"], ["web-4"]]],
    [
      5,
      "50%",
      1,
      [
        ["web-1", "web-2"],
        ["web-3", "web-4"],
      ],
    ],
    [3, 1, 3, [[]]],
  ])(
    "%i replicas, at most %j at a time, from partition %i, go in these steps",
    (replicas, maxUnavailable, partition, taken) => {
      const { taken: took, end } = back(web(replicas, { image: "web-v2", partition, maxUnavailable }));
      expect(took).toEqual(taken);
      expect([end.instance?.image, end.rollout?.image, end.rollout?.partition]).toEqual(["web", undefined, 0]);
    },
  );

  test("without a rollout is nothing", () => {
    expect([stepBack(web(3)), stepBack(web(3, { maxUnavailable: 2 }))]).toEqual([undefined, undefined]);
  });
});
