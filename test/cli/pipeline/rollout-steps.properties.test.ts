import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mayBeUnavailable, maySurge, replicasOfFile } from "../../../shared/rollout.ts";
import { runs } from "../../support/runs.ts";
import { back, edited, forward, images, takenBy, web } from "./rollouts.ts";

const share = (least: number) =>
  fc.oneof(
    fc.integer({ min: least, max: 14 }),
    fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
  );
const policies = fc.record({ maxUnavailable: share(1), maxSurge: share(0) });
const previous = fc.option(fc.constant("web-v0"), { nil: undefined });

/** A group whose rollout has not begun. */
const fresh = fc
  .record({ replicas: fc.nat(12), policy: policies, previous })
  .map(({ replicas, policy, previous }) => web(replicas, { ...policy, ...(previous && { previous }) }));

/** A group whose rollout was begun by hand, at any partition and with any number of additional replicas. */
const anyGroup = fc
  .record({
    replicas: fc.nat(12),
    policy: policies,
    partition: fc.option(fc.nat(14), { nil: undefined }),
    surge: fc.nat(3),
  })
  .map(({ replicas, policy, partition, surge }) => {
    const begun = partition !== undefined && { image: "web-v2", partition, ...(surge > 0 && { surge }) };
    return web(replicas, { ...policy, ...begun });
  });

/** The replicas that have an image, by their index. */
const madeFrom = (image: string, all: readonly (string | undefined)[]) =>
  all.flatMap((one, index) => (one === image ? [`web-${index}`] : []));
const replacedBy = ({ steps }: ReturnType<typeof forward>) =>
  steps.flatMap(({ does, replicas }) => (does === "replacing" ? [replicas] : []));

/** What a file says in the end. */
const end = ({ replicas, instance, rollout }: ReturnType<typeof web>) => ({
  replicas,
  image: instance?.image,
  ...{ rolling: rollout?.image, surge: rollout?.surge, previous: rollout?.previous },
});

describe("from any state of a rollout", () => {
  test("forward and back end: every replica has the image, and the file exactly image, replicas and previous", () => {
    fc.assert(
      fc.property(anyGroup, (group) => {
        const own = replicasOfFile(group);
        const isDone = { replicas: own, rolling: undefined, surge: undefined };
        const [there, returned] = [forward(group).end, back(group).end];
        expect(end(there)).toEqual({ ...isDone, image: "web-v2", previous: "web" });
        expect(end(returned)).toEqual({ ...isDone, image: "web", previous: undefined });
        expect([images(there), images(returned)]).toEqual([Array(own).fill("web-v2"), Array(own).fill("web")]);
      }),
      { numRuns: runs(30) },
    );
  });

  test("forward replaces each replica that is not new yet once, from the highest down, back each new one from the lowest up", () => {
    fc.assert(
      fc.property(anyGroup, (group) => {
        expect(replacedBy(forward(group)).toReversed().flat()).toEqual(madeFrom("web", images(group)));
        const own = images(group).slice(0, replicasOfFile(group));
        expect(replacedBy(back(group)).flat()).toEqual(madeFrom("web-v2", own));
      }),
      { numRuns: runs(30) },
    );
  });

  test("a step takes exactly those whose image it changes or which it removes, and never too many", () => {
    fc.assert(
      fc.property(anyGroup, fc.boolean(), (group, undo) => {
        const { steps, states } = undo ? back(group) : forward(group);
        for (const [index, step] of steps.entries()) {
          const [before, after] = [images(states[index] ?? group), images(states[index + 1] ?? group)];
          const changed = before.flatMap((image, at) => (image === after[at] ? [] : [`web-${at}`]));
          expect(takenBy(step)).toEqual(changed);
          if (step.does === "replacing") expect(changed.length).toBeLessThanOrEqual(mayBeUnavailable(group));
          else expect(before.slice(0, replicasOfFile(group))).toEqual(after.slice(0, replicasOfFile(group)));
        }
      }),
      { numRuns: runs(30) },
    );
  });
});

describe("of a rollout from its beginning, interrupted and turned round anywhere", () => {
  test("there are never more than replicas and maxSurge, and the file remembers all that is needed", () => {
    fc.assert(
      fc.property(fresh, fc.array(fc.tuple(fc.boolean(), fc.nat(5)), { maxLength: 5 }), (group, turns) => {
        let now = group;
        const most = replicasOfFile(group) + maySurge(group);
        for (const [undo, count] of turns) {
          if (now.instance?.image !== "web") break;
          for (const step of (undo ? back(now) : forward(now)).steps.slice(0, count)) {
            now = edited(now, step);
            expect(now.replicas).toBeLessThanOrEqual(most);
            expect(replicasOfFile(now)).toBe(group.replicas);
          }
        }
        expect(end(forward(now).end)).toEqual(end(forward(group).end));
        if (now.instance?.image === "web") expect(end(back(now).end)).toEqual(end(group));
      }),
      { numRuns: runs(30) },
    );
  });

  test("with maxSurge no fewer than replicas less maxUnavailable are left alone by a step, with as much surge all of them", () => {
    fc.assert(
      fc.property(fresh, (group) => {
        const { steps, states } = forward(group);
        const missing = Math.max(0, mayBeUnavailable(group) - maySurge(group));
        for (const [index, step] of steps.entries())
          expect((states[index]?.replicas ?? 0) - takenBy(step).length).toBeGreaterThanOrEqual(
            group.replicas - missing,
          );
      }),
      { numRuns: runs(30) },
    );
  });
});
