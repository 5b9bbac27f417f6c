import { z } from "zod";
import { durationText } from "../files/duration.ts";
import { text } from "../files/text.ts";

/** A number of replicas, or a percentage of them. */
function share(least: number, most: number) {
  const error = `must be a number of replicas from ${least} on, or a percentage such as "25%"`;
  const percentage = z.string().regex(/^[1-9]\d?%$|^100%$/, { error });
  return z.union([z.int().min(least).max(most), percentage], { error });
}

/** How a new image is rolled out to the replicas of a group, in Kubernetes' and Nomad's terms. Each step is an apply of this file. */
export const rolloutSchema = z
  .strictObject({
    image: text.optional().describe("The new image; instance.image is that of the replicas below the partition."),
    partition: z
      .int()
      .min(0)
      .default(0)
      .describe("Replicas from this index on are made from the new image. 0 is all of them."),
    surge: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        "How many replicas the rollout that is under way has added to `replicas`; `rollcall rollout` writes it.",
      ),
    previous: text.optional().describe("The image before the last rollout, which `--undo` goes back to."),
    maxUnavailable: share(1, Number.MAX_SAFE_INTEGER)
      .default(1)
      .describe("How many replicas one apply may destroy or replace at once. Percentages round down, but not below 1."),
    maxSurge: share(0, 10_000)
      .default(0)
      .describe("How many replicas a rollout adds before it replaces the others. Percentages round up."),
    minReadySeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(0)
      .describe("How long the roll call has to stay complete before the next step."),
    progressDeadline: durationText.default("10m").describe('How long one step may take, such as "90s" or "10m".'),
    autoRevert: z.boolean().default(false).describe("Whether a failed step is reverted."),
  })
  .refine(({ image, surge }) => surge === undefined || image !== undefined, {
    path: ["surge"],
    error: "is what a rollout has added, and there is no rollout.image: remove this key",
  })
  .describe("How a new image is rolled out, and how many replicas one apply may remove.");

export type Rollout = z.output<typeof rolloutSchema>;

/** The policy of a group without its own. */
export const usualRollout: Rollout = rolloutSchema.parse({});

/** A group as it is read: `replicas` has those that its rollout has added. */
interface RollingGroup {
  readonly replicas: number;
  readonly rollout?: Rollout | undefined;
}

/** How many replicas a group has without those that its rollout has added. */
export function replicasOfFile({ replicas, rollout }: RollingGroup): number {
  return replicas - (rollout?.surge ?? 0);
}

/** How many of a group's replicas one apply may destroy or replace. */
export function mayBeUnavailable(group: RollingGroup): number {
  const { maxUnavailable } = group.rollout ?? usualRollout;
  return Math.max(1, Math.floor(shareOf(maxUnavailable, group)));
}

/** How many replicas a rollout of a group adds. */
export function maySurge(group: RollingGroup): number {
  return Math.ceil(shareOf((group.rollout ?? usualRollout).maxSurge, group));
}

function shareOf(share: number | string, group: RollingGroup): number {
  return typeof share === "number" ? share : (replicasOfFile(group) * Number(share.slice(0, -1))) / 100;
}
