import type { KeyPath } from "../../files/key-path.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { mayBeUnavailable, maySurge, replicasOfFile, usualRollout } from "../../shared/rollout.ts";

/** One step of a rollout: an edit of the group's file, and what the apply after it does. */
export interface RolloutStep {
  readonly edits: readonly { readonly path: KeyPath; readonly value: string | number | undefined }[];
  readonly does: "adding" | "replacing" | "removing";
  readonly replicas: readonly string[];
}

/** Where a rollout goes: to an image, or back to the group's own one. */
export type Course = { readonly image: string } | "back";

/**
 * Where `--undo` goes: back from the rollout that is under way, else to the image before the last one. An undo of that kind is a
 * rollout itself, which `--undo` continues. Undefined when there is nothing to undo.
 */
export function courseOfUndo({
  rollout: { image, previous } = usualRollout,
  instance,
}: DeclaredGroup): Course | undefined {
  if (image !== undefined && image !== previous) return "back";
  return previous === undefined || (image === undefined && previous === instance?.image)
    ? undefined
    : { image: previous };
}

/** The next step on a course; undefined when all is done. */
export function nextStep(group: DeclaredGroup, course: Course): RolloutStep | undefined {
  return course === "back" ? stepBack(group) : stepForward(group, course.image);
}

/**
 * The next step of rolling an image out to all replicas: `maxSurge` more are added, then the others are replaced, the highest index
 * first, as many at a time as may be unavailable, then the additional ones are removed. The last step replaces nothing and makes the
 * image that of the group.
 */
function stepForward(group: DeclaredGroup, image: string): RolloutStep | undefined {
  const { name, rollout, replicas, instance } = group;
  if (rollout?.image !== image && instance?.image === image) return undefined;
  const from = rollout?.image === image ? Math.min(rollout.partition, replicas) : replicas;
  const surge = rollout?.surge ?? 0;
  const wanted = maySurge(group);
  if (from > 0 && surge < wanted) {
    const more = replicaNames({ name, replicas: replicas + wanted - surge }).slice(replicas);
    return { edits: [...reached(image, from), { path: surgePath, value: wanted }], does: "adding", replicas: more };
  }
  if (from > 0) {
    const to = Math.max(0, from - mayBeUnavailable(group));
    return { edits: reached(image, to), does: "replacing", replicas: replicaNames(group).slice(to, from) };
  }
  if (surge > 0) return withoutSurge(group);
  const previous = instance?.image === image ? rollout?.previous : instance?.image;
  const edits = [
    { path: ["instance", "image"], value: image },
    { path: ["rollout", "previous"], value: previous },
  ];
  return { edits: [...edits, ...noImage], does: "replacing", replicas: [] };
}

/** The next step of the way back to the group's own image. Undefined when there is no other image. */
function stepBack(group: DeclaredGroup): RolloutStep | undefined {
  const { rollout } = group;
  if (rollout?.image === undefined) return undefined;
  const { image, partition, surge = 0 } = rollout;
  const own = replicasOfFile(group);
  if (partition >= own && surge > 0) return withoutSurge(group);
  const to = Math.min(own, partition + mayBeUnavailable(group));
  const replicas = replicaNames(group).slice(partition, to);
  return { edits: to < own || surge > 0 ? reached(image, to) : noImage, does: "replacing", replicas };
}

function withoutSurge(group: DeclaredGroup): RolloutStep {
  const replicas = replicaNames(group).slice(replicasOfFile(group));
  return { edits: [{ path: surgePath, value: undefined }], does: "removing", replicas };
}

const surgePath = ["rollout", "surge"];

function reached(image: string, partition: number) {
  return [
    { path: ["rollout", "image"], value: image },
    { path: ["rollout", "partition"], value: partition },
  ];
}

const noImage = [
  { path: ["rollout", "image"], value: undefined },
  { path: ["rollout", "partition"], value: undefined },
];
