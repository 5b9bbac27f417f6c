import type { RolloutStep } from "../../../cli/pipeline/rollout-steps.ts";
import { stepBack, stepForward } from "../../../cli/pipeline/rollout-steps.ts";
import { instanceSpec } from "../../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { rolloutSchema } from "../../../shared/rollout.ts";
import { made, spec } from "../../stacks/fleets.ts";

/** A group as it is read after an edit of its file. */
export function edited(group: DeclaredGroup, { edits }: RolloutStep): DeclaredGroup {
  let [image, rollout] = [group.instance?.image, { ...group.rollout } as Record<string, unknown>];
  for (const { path, value } of edits) {
    if (path.join(".") === "instance.image") image = String(value);
    else if (path[0] !== "rollout" || path.length !== 2) throw new Error(`an edit of ${path.join(".")}`);
    else rollout = { ...rollout, [String(path[1])]: value };
  }
  return { ...group, instance: spec({ image }), rollout: rolloutSchema.parse(written(rollout)) };
}

/** Without the keys that were taken away. */
function written(rollout: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rollout).filter(([, value]) => value !== undefined));
}

/** The steps to the end, and the group after them. */
function walk(group: DeclaredGroup, next: (group: DeclaredGroup) => RolloutStep | undefined) {
  const steps: RolloutStep[] = [];
  for (let now = group; ; ) {
    const step = next(now);
    if (!step) return { steps, taken: steps.map(({ taken }) => taken), end: now };
    steps.push(step);
    if (steps.length > now.replicas + 2) throw new Error("no end of it");
    now = edited(now, step);
  }
}
/** All steps that bring an image to a group. */
export function forward(group: DeclaredGroup, image = "web-v2") {
  return walk(group, (now) => stepForward(now, image));
}

/** All steps of the way back. */
export function back(group: DeclaredGroup) {
  return walk(group, stepBack);
}

/** What each replica is made from. */
export function images(group: DeclaredGroup): (string | undefined)[] {
  return Array.from({ length: group.replicas }, (_, index) => instanceSpec(group, index)?.image);
}

/** A group `web` whose image is `web`, with what its file says of a rollout. */
export function web(replicas: number, rollout?: object): DeclaredGroup {
  return made("web", replicas, rollout && { rollout: rolloutSchema.parse(rollout) });
}
