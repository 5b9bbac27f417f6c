import { describe, expect, test } from "vitest";
import { type Change, halfMade } from "../../../cli/pipeline/changes.ts";
import { refusals } from "../../../cli/pipeline/guard.ts";
import { type Rollout, rolloutSchema } from "../../../shared/rollout.ts";
import { made, spec } from "../../stacks/fleets.ts";

const rollout = (written: object): { rollout: Rollout } => ({ rollout: rolloutSchema.parse(written) });

function changes(action: Change["action"], names: readonly string[], ...why: string[]): Change[] {
  return names.map((name) => ({ name, group: name.replace(/-\d+$/, ""), action, why }));
}
const replaced = (names: readonly string[], ...why: string[]) => changes("replace", names, ...why);
const newImage = "image: web -> web-v2";

describe("a plan is refused", () => {
  test("that replaces more at once than may be unavailable: it names both images and the step-by-step way", () => {
    const group = made("web", 3, { instance: spec({ image: "web-v2" }) });
    expect(refusals(replaced(["web-0", "web-1", "web-2"], newImage), [group])).toEqual([
      "web: replacing web-0, web-1, web-2 at once is more than maxUnavailable 1. Set `image: web` again; `rollcall rollout web --image web-v2` then replaces them step by step, or accept the outage with --force",
    ]);
  });

  test("whose rollout begins with more: it says from which partition the steps can go on", () => {
    const group = made("web", 5, rollout({ image: "web-v2" }));
    expect(refusals(replaced(["web-0", "web-1", "web-2", "web-3"], newImage), [group])).toEqual([
      "web: replacing web-0, web-1, web-2, web-3 at once is more than maxUnavailable 1. Write `partition: 4` next to that image; `rollcall rollout web` then continues in steps, or accept the outage with --force",
    ]);
  });

  test("that replaces what a failed apply left, unless a server says that it is not served", () => {
    const plan = replaced(["web-0", "web-1"], halfMade);
    expect(refusals(plan, [made("web", 3)], { served: new Set(["web-2"]) })).toEqual([]);
    expect(refusals(plan, [made("web", 3)], { served: new Set(["web-0", "web-1"]) })).toHaveLength(1);
    expect(refusals(plan, [made("web", 3)])).toEqual([
      "web: replacing web-0, web-1 at once is more than maxUnavailable 1. A failed apply left them half made from an older declaration, but they may serve: --force creates them again",
    ]);
  });

  test("that replaces for another reason than an image: there are no smaller steps", () => {
    for (const why of [["type: container -> virtual-machine"], []])
      expect(refusals(replaced(["web-0", "web-1"], ...why), [made("web", 2)])).toEqual([
        "web: replacing web-0, web-1 at once is more than maxUnavailable 1. Only a new image can be rolled out in steps: declare a second group, shift the traffic to it, then scale this one to 0, or accept the outage with --force",
      ]);
  });

  test("that stops more at once in order to move them, but not one that moves none", () => {
    const moved = (names: readonly string[]) =>
      changes("update", names, "target: m1 -> m2").map((change) => ({ ...change, moves: "stopped" as const }));
    const stays = changes("update", ["web-2"], "config");
    expect(refusals([...moved(["web-0", "web-1"]), ...stays], [made("web", 3)])).toEqual([
      "web: stopping and moving web-0, web-1 at once is more than maxUnavailable 1. Raise rollout.maxUnavailable for this deploy, or accept the outage with --force",
    ]);
    expect(refusals([...moved(["web-0"]), ...stays], [made("web", 3)])).toEqual([]);
  });

  test("that scales down by more: the command that means it is named", () => {
    expect(refusals(changes("destroy", ["web-1", "web-2"]), [made("web", 1)])).toEqual([
      "web: destroying web-1, web-2 at once is more than maxUnavailable 1. If that is intended, run `rollcall scale web=1 --deploy`, or accept the outage with --force",
    ]);
  });

  test("that scales down by more while a rollout has added one: that one is not counted", () => {
    const group = made("web", 2, rollout({ image: "web-v2", surge: 1 }));
    expect(refusals(changes("destroy", ["web-2", "web-3"]), [group])).toEqual([
      expect.stringContaining("run `rollcall scale web=1 --deploy`"),
    ]);
  });

  test("that moves more to another source at once: it says how to move fewer", () => {
    const group = made("web", 3, { spread: { a: 0, b: 3 } });
    const moves = (...names: string[]) => [
      ...changes("destroy", names).map((one) => ({ ...one, on: "a" })),
      ...changes("create", names).map((one) => ({ ...one, on: "b" })),
    ];
    expect(refusals(moves("web-0"), [group])).toEqual([]);
    expect(refusals(moves("web-0", "web-1"), [group])).toEqual([
      "web: destroying web-0, web-1 at once is more than maxUnavailable 1. They move to another source: move 1 at a time by counts, as in `spread: { lxd-a: 2, incus-b: 1 }`, or accept the outage with --force",
    ]);
    expect(refusals(changes("destroy", ["web-3", "web-4"]), [group])).toEqual([
      expect.stringContaining("If that is intended, lower the counts of its spread in smaller steps, or"),
    ]);
  });

  test("that takes a group away whose file is gone", () => {
    expect(refusals(changes("destroy", ["web-0", "web-1"]), [made("api", 1)])).toEqual([
      "web: destroying web-0, web-1 at once is more than maxUnavailable 1. If that is intended, restore its file, run `rollcall scale web=0 --deploy`, then remove the file, or accept the outage with --force",
    ]);
  });

  test("that takes away several of no group", () => {
    const untagged = changes("destroy", ["a", "b"]).map((change) => ({ ...change, group: undefined }));
    expect(refusals(untagged, [])).toEqual([
      "instances without a group: destroying a, b at once is more than maxUnavailable 1. Accept the outage with --force",
    ]);
  });

  test("for the sum of what is destroyed and what is replaced", () => {
    const both = [...replaced(["web-0"], newImage), ...changes("destroy", ["web-1"])];
    expect(refusals(both, [made("web", 1)])).toEqual([expect.stringContaining("web-0, web-1 at once")]);
  });

  test("with a sentence for each group that it would hurt", () => {
    const all = [...replaced(["api-0"]), ...replaced(["web-0", "web-1"]), ...changes("destroy", ["zoo-0", "zoo-1"])];
    const sentences = refusals(all, [made("api", 1), made("web", 2)]);
    expect(sentences.map((sentence) => sentence.split(":")[0])).toEqual(["web", "zoo"]);
  });
});

describe("a plan is not refused", () => {
  test("that creates and updates, however much", () => {
    const names = Array.from({ length: 9 }, (_, index) => `web-${index}`);
    expect(refusals([...changes("create", names), ...changes("update", names)], [made("web", 9)])).toEqual([]);
  });

  test("that takes one, the usual maxUnavailable, of each group", () => {
    const one = [...replaced(["api-0"], newImage), ...changes("destroy", ["web-1"]), ...changes("destroy", ["zoo-0"])];
    expect(refusals(one, [made("api", 1), made("web", 1)])).toEqual([]);
  });

  test("that scales down to a number which the command itself has set", () => {
    const down = changes("destroy", ["web-1", "web-2"]);
    expect(refusals(down, [made("web", 1)], { meant: new Set(["web"]) })).toEqual([]);
    expect(refusals(down, [made("web", 1)], { meant: new Set(["api"]) })).toHaveLength(1);
  });

  test("but that does not cover what else it replaces", () => {
    const both = [...changes("destroy", ["web-2", "web-3"]), ...replaced(["web-0", "web-1"], newImage)];
    expect(refusals(both, [made("web", 2)], { meant: new Set(["web"]) })).toEqual([
      expect.stringMatching(/^web: replacing web-0, web-1 at once/),
    ]);
  });
});

describe("maxUnavailable", () => {
  const refused = (maxUnavailable: number | string, replicas: number, count: number) => {
    const names = Array.from({ length: count }, (_, index) => `web-${index}`);
    return refusals(replaced(names, newImage), [made("web", replicas, rollout({ maxUnavailable }))]).length > 0;
  };

  test.each<[number | string, number, number]>([
    [2, 3, 2],
    [9, 3, 9],
    ["50%", 5, 2],
    ["50%", 4, 2],
    ["25%", 3, 1],
    ["1%", 5, 1],
    ["100%", 3, 3],
  ])("%j of %i replicas lets %i go at once, and no more", (maxUnavailable, replicas, allowed) => {
    expect(refused(maxUnavailable, replicas, allowed)).toBe(false);
    expect(refused(maxUnavailable, replicas, allowed + 1)).toBe(true);
  });
});
