import { describe, expect, test } from "vitest";
import { courseOfUndo, nextStep, type RolloutStep } from "../../../cli/pipeline/rollout-steps.ts";
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

  test("each step but the last writes the image and the partition, the last one the group's own image and the one before it", () => {
    expect(forward(web(1)).steps.map(({ edits }) => edits)).toEqual([
      [
        { path: ["rollout", "image"], value: "web-v2" },
        { path: ["rollout", "partition"], value: 0 },
      ],
      [
        { path: ["instance", "image"], value: "web-v2" },
        { path: ["rollout", "previous"], value: "web" },
        { path: ["rollout", "image"], value: undefined },
        { path: ["rollout", "partition"], value: undefined },
      ],
    ]);
  });

  test("to the image that the group has is nothing", () => {
    expect(nextStep(web(3), { image: "web" })).toBeUndefined();
  });

  test("continues at the partition where one was interrupted, and ignores a partition beyond the replicas", () => {
    expect(forward(web(5, { image: "web-v2", partition: 2 })).taken).toEqual([["web-1"], ["web-0"], []]);
    expect(forward(web(2, { image: "web-v2", partition: 9 })).taken).toEqual([["web-1"], ["web-0"], []]);
  });

  test("keeps the rest of the policy", () => {
    const policy = { maxUnavailable: "50%", minReadySeconds: 3, autoRevert: true, progressDeadline: "90s" };
    expect(forward(web(3, policy)).end.rollout).toEqual(rolloutSchema.parse({ ...policy, previous: "web" }));
  });
});

describe("with maxSurge", () => {
  const said = ({ does, replicas }: RolloutStep) => [does, ...replicas].join(" ");
  const steps = (...lines: string[]) => [...lines, "replacing"];

  test.each<[number, object, string[]]>([
    [0, { maxSurge: 1 }, steps()],
    [1, { maxSurge: 1 }, steps("adding web-1", "replacing web-0", "removing web-1")],
    [2, { maxSurge: 1 }, steps("adding web-2", "replacing web-1", "replacing web-0", "removing web-2")],
    [1, { maxSurge: "25%" }, steps("adding web-1", "replacing web-0", "removing web-1")],
    [
      3,
      { maxSurge: "50%", maxUnavailable: 2 },
      steps("adding web-3 web-4", "replacing web-1 web-2", "replacing web-0", "removing web-3 web-4"),
    ],
    // From where an interrupted one has got to.
    [1, { maxSurge: 1, image: "web-v2", partition: 1, surge: 1 }, steps("replacing web-0", "removing web-1")],
    [1, { maxSurge: 1, image: "web-v2", surge: 1 }, steps("removing web-1")],
    [1, { maxSurge: 1, image: "web-v2" }, steps()],
    [2, { maxSurge: 1, image: "web-v2", partition: 1 }, steps("adding web-2", "replacing web-0", "removing web-2")],
    // After `scale web=1` of 3, of which web-2 and web-3 were new: web-1 is the additional one now, and old.
    [
      1,
      { maxSurge: 1, image: "web-v2", partition: 2, surge: 1 },
      steps("replacing web-1", "replacing web-0", "removing web-1"),
    ],
    // After maxSurge was taken out of the file.
    [1, { image: "web-v2", partition: 1, surge: 1 }, steps("replacing web-0", "removing web-1")],
  ])("%i replicas and %j go in these steps", (replicas, rollout, expected) => {
    expect(forward(web(replicas, rollout)).steps.map(said)).toEqual(expected);
  });

  test.each<[object, string[]]>([
    [{ partition: 0 }, ["replacing web-0", "replacing web-1", "removing web-2", "replacing"]],
    [{ partition: 1 }, ["replacing web-1", "removing web-2", "replacing"]],
    [{ partition: 2 }, ["removing web-2", "replacing"]],
  ])("back from %j of two, the additional replica is there until the others are", (rollout, expected) => {
    const { steps, end } = back(web(2, { image: "web-v2", maxSurge: 1, surge: 1, ...rollout }));
    expect(steps.map(said)).toEqual(expected);
    expect(end.rollout).toEqual(rolloutSchema.parse({ maxSurge: 1 }));
  });

  test("the number of additional replicas is in the file from the first step on, and replicas stays what it is", () => {
    const [first, ...rest] = forward(web(1, { maxSurge: 1 })).steps;
    expect(first?.edits).toEqual([
      { path: ["rollout", "image"], value: "web-v2" },
      { path: ["rollout", "partition"], value: 1 },
      { path: ["rollout", "surge"], value: 1 },
    ]);
    expect(rest.at(-2)?.edits).toEqual([{ path: ["rollout", "surge"], value: undefined }]);
  });
});

describe("an undo", () => {
  test("of a rollout that is under way goes back; of one that has ended, to the image before it", () => {
    expect(courseOfUndo(web(3, { image: "web-v2", partition: 2 }))).toBe("back");
    expect(courseOfUndo(web(3, { image: "web-v2", partition: 2, previous: "web-v0" }))).toBe("back");
    expect(courseOfUndo(web(3, { previous: "web-v0" }))).toEqual({ image: "web-v0" });
  });

  test("that was interrupted continues, and does not turn round", () => {
    expect(courseOfUndo(web(3, { image: "web-v0", partition: 2, previous: "web-v0" }))).toEqual({ image: "web-v0" });
  });

  test("is nothing without a rollout, or where the image is that one already", () => {
    const groups = [web(3), web(3, { maxUnavailable: 2 }), web(3, { previous: "web" })];
    expect(groups.map(courseOfUndo)).toEqual([undefined, undefined, undefined]);
  });

  test("after a rollout keeps the newer image as the previous one, so a second undo is a redo", () => {
    const rolled = forward(web(2)).end;
    const undone = forward(rolled, "web").end;
    expect([rolled, undone].map(({ instance, rollout }) => [instance?.image, rollout?.previous])).toEqual([
      ["web-v2", "web"],
      ["web", "web-v2"],
    ]);
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
    expect([nextStep(web(3), "back"), nextStep(web(3, { maxUnavailable: 2 }), "back")]).toEqual([undefined, undefined]);
  });
});
