import type { Course, RolloutStep } from "../../../cli/pipeline/rollout-steps.ts";
import { nextStep } from "../../../cli/pipeline/rollout-steps.ts";
import { instanceSpec } from "../../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { replicasOfFile, rolloutSchema } from "../../../shared/rollout.ts";
import { made, spec } from "../../stacks/fleets.ts";

/** A group as it is read after an edit of its file. */
export function edited(group: DeclaredGroup, { edits }: RolloutStep): DeclaredGroup {
  let [image, rollout] = [group.instance?.image, { ...group.rollout } as Record<string, unknown>];
  for (const { path, value } of edits) {
    if (path.join(".") === "instance.image") image = String(value);
    else if (path[0] !== "rollout" || path.length !== 2) throw new Error(`an edit of ${path.join(".")}`);
    else rollout = { ...rollout, [String(path[1])]: value };
  }
  const now = rolloutSchema.parse(written(rollout));
  const replicas = replicasOfFile(group) + (now.surge ?? 0);
  return { ...group, replicas, instance: spec({ image }), rollout: now };
}

/** Without the keys that were taken away. */
function written(rollout: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rollout).filter(([, value]) => value !== undefined));
}

/** The steps to the end, what each takes away or replaces, and the group before each and after the last. */
function walk(group: DeclaredGroup, course: Course) {
  const steps: RolloutStep[] = [];
  const states = [group];
  for (let now = group; ; ) {
    const step = nextStep(now, course);
    if (!step) return { steps, taken: steps.map(takenBy), states, end: now };
    steps.push(step);
    if (steps.length > group.replicas + 6) throw new Error("no end of it");
    now = edited(now, step);
    states.push(now);
  }
}

/** The replicas that a step replaces or removes. */
export const takenBy = ({ does, replicas }: RolloutStep) => (does === "adding" ? [] : replicas);

/** All steps that bring an image to a group. */
export function forward(group: DeclaredGroup, image = "web-v2") {
  return walk(group, { image });
}

/** All steps of the way back. */
export function back(group: DeclaredGroup) {
  return walk(group, "back");
}

/** What each replica is made from. */
export function images(group: DeclaredGroup): (string | undefined)[] {
  return Array.from({ length: group.replicas }, (_, index) => instanceSpec(group, index)?.image);
}

/** A group `web` whose image is `web`, with what its file says of replicas and of a rollout. */
export function web(replicas: number, rollout?: object): DeclaredGroup {
  const read = rollout && rolloutSchema.parse(rollout);
  return made("web", replicas + (read?.surge ?? 0), read && { rollout: read });
}
