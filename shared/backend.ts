import { z } from "zod";
import { text } from "../files/text.ts";

/** An address that may be committed: a user and a password are set by environment variables. */
const address = text.refine(
  (written) => {
    const url = URL.canParse(written) ? new URL(written) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  },
  { error: "an http or https URL; a user and a password go into TF_HTTP_USERNAME and TF_HTTP_PASSWORD" },
);
const perStack = address.refine((written) => written.includes("{stack}"), {
  error: "must contain {stack}, which stands for the name of the source: each stack has its own state",
});

/** Where Terraform keeps the states of the stacks, one for each source. It holds no secret: Terraform reads those from the environment. */
export const backendSchema = z
  .union(
    [
      z.strictObject({ local: text.describe("The directory of the states.") }),
      z.strictObject({
        http: z.strictObject({
          address: perStack,
          lockAddress: perStack.optional(),
          lockMethod: text.default("LOCK"),
          unlockAddress: perStack.optional(),
          unlockMethod: text.default("UNLOCK"),
          updateMethod: text.default("POST"),
        }),
      }),
      z.strictObject({
        s3: z.strictObject({
          bucket: text,
          prefix: text.default("rollcall"),
          region: text,
          endpoint: address.optional(),
          profile: text.optional(),
          encrypt: z.boolean().default(true),
          useLockfile: z.boolean().default(true),
          usePathStyle: z.boolean().optional(),
        }),
      }),
      z.strictObject({
        pg: z.strictObject({
          schema: text
            .regex(/^[a-z_][a-z0-9_]*$/, {
              error: "a schema has lower-case letters, digits and underscores, such as rollcall",
            })
            .default("rollcall"),
        }),
      }),
    ],
    { error: "a backend is { local: DIRECTORY }, { http: ... }, { s3: ... } or { pg: ... }" },
  )
  .describe("Where Terraform keeps the states.");

export type Backend = z.output<typeof backendSchema>;
