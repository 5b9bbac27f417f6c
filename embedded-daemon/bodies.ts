import { z } from "zod";

/** The request bodies, as far as they are read; what else a client sends is let pass. */

/** A field that may be left out; clients written in Go send null for that. */
function maybe<T extends z.ZodType>(field: T) {
  return field.nullish().transform((value) => value ?? undefined);
}

const texts = z.record(z.string(), z.string());
const devices = z.record(z.string(), texts);

export const updateBody = z.object({
  config: maybe(texts),
  devices: maybe(devices),
  profiles: maybe(z.array(z.string())),
  description: maybe(z.string()),
});
export type UpdateBody = z.infer<typeof updateBody>;

export const createBody = updateBody.extend({
  name: z.string(),
  ephemeral: maybe(z.boolean()),
  source: z.object({
    type: z.string(),
    alias: maybe(z.string()),
    fingerprint: maybe(z.string()),
  }),
});
export type CreateBody = z.infer<typeof createBody>;

export const stateBody = z.object({
  action: z.string(),
  force: maybe(z.boolean()),
  timeout: maybe(z.number()),
});
export type StateBody = z.infer<typeof stateBody>;

export const snapshotBody = z.object({ name: maybe(z.string()) });

export const aliasBody = z.object({ target: z.string() });

export const projectBody = z.object({
  name: z.string(),
  description: maybe(z.string()),
  config: maybe(texts),
});
