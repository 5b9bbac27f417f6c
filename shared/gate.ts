import { z } from "zod";

const minimum = 'a minimum is a number of replicas or a percentage such as "50%"';

/** When a roster takes effect. */
export const gateSchema = z
  .union(
    [
      z.enum(["complete", "strict"]),
      z.strictObject({
        minimum: z.union([z.int().min(0), z.string().regex(/^\d{1,3}%$/, { error: minimum })], { error: minimum }),
      }),
    ],
    { error: 'a gate is "complete", "strict" or { minimum: 2 } or { minimum: 50% }' },
  )
  .describe("When a change takes effect: complete, strict, or { minimum: 2 } or { minimum: 50% }.");

export type Gate = z.output<typeof gateSchema>;

/** How many of `replicas` a gate requires. Percentages round up. */
export function gateWants(gate: Gate, replicas: number): number {
  if (typeof gate === "string") return replicas;
  const { minimum } = gate;
  return typeof minimum === "number" ? minimum : Math.ceil((replicas * Number(minimum.slice(0, -1))) / 100);
}
