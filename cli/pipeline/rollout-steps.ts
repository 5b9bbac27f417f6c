import type { KeyPath } from "../../files/key-path.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { mayBeUnavailable } from "../../shared/rollout.ts";

/** One step of a rollout: an edit of the group's file, and the replicas that the apply after it replaces. */
export interface RolloutStep {
  readonly edits: readonly { readonly path: KeyPath; readonly value: string | number | undefined }[];
  readonly taken: readonly string[];
}

/**
 * The next step of rolling an image out to all replicas, the highest index first, as many at a time as may be unavailable. The last
 * step replaces nothing and makes the image that of the group. Undefined when all is done.
 */
export function stepForward(group: DeclaredGroup, image: string): RolloutStep | undefined {
  const { rollout, replicas, instance } = group;
  if (rollout?.image !== image && instance?.image === image) return undefined;
  const from = rollout?.image === image ? Math.min(rollout.partition, replicas) : replicas;
  if (from === 0) return { edits: [{ path: ["instance", "image"], value: image }, ...noImage], taken: [] };
  const to = Math.max(0, from - mayBeUnavailable(rollout, replicas));
  const edits = [
    { path: ["rollout", "image"], value: image },
    { path: ["rollout", "partition"], value: to },
  ];
  return { edits, taken: replicaNames(group).slice(to, from) };
}

/** The next step of the way back to the group's own image. Undefined when there is no other image. */
export function stepBack(group: DeclaredGroup): RolloutStep | undefined {
  const { rollout, replicas } = group;
  if (rollout?.image === undefined) return undefined;
  const to = rollout.partition + mayBeUnavailable(rollout, replicas);
  const taken = replicaNames(group).slice(rollout.partition, to);
  return { edits: to < replicas ? [{ path: ["rollout", "partition"], value: to }] : noImage, taken };
}

const noImage = [
  { path: ["rollout", "image"], value: undefined },
  { path: ["rollout", "partition"], value: undefined },
];
