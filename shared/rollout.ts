import { z } from "zod";
import { durationText } from "../files/duration.ts";
import { text } from "../files/text.ts";

const error = 'must be a number of replicas from 1 on, or a percentage such as "25%"';

const unavailable = z
  .union([z.int().min(1), z.string().regex(/^[1-9]\d?%$|^100%$/, { error })], { error })
  .describe("How many replicas one apply may destroy or replace at once. Percentages round down, but not below 1.");

/** How a new image is rolled out to the replicas of a group, in Kubernetes' and Nomad's terms. Each step is an apply of this file. */
export const rolloutSchema = z
  .strictObject({
    image: text.optional().describe("The new image; instance.image is that of the replicas below the partition."),
    partition: z
      .int()
      .min(0)
      .default(0)
      .describe("Replicas from this index on are made from the new image. 0 is all of them."),
    maxUnavailable: unavailable.default(1),
    minReadySeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(0)
      .describe("How long the roll call has to stay complete before the next step."),
    progressDeadline: durationText.default("10m").describe('How long one step may take, such as "90s" or "10m".'),
    autoRevert: z.boolean().default(false).describe("Whether a failed step is reverted."),
  })
  .describe("How a new image is rolled out, and how many replicas one apply may remove.");

export type Rollout = z.output<typeof rolloutSchema>;

/** The policy of a group without its own. */
export const usualRollout: Rollout = rolloutSchema.parse({});

/** How many of a group's replicas one apply may destroy or replace. */
export function mayBeUnavailable(rollout: Rollout | undefined, replicas: number): number {
  const { maxUnavailable } = rollout ?? usualRollout;
  if (typeof maxUnavailable === "number") return maxUnavailable;
  return Math.max(1, Math.floor((replicas * Number(maxUnavailable.slice(0, -1))) / 100));
}
