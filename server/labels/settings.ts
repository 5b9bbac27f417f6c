import { z } from "zod";
import { text } from "../../files/text.ts";
import { newestTraefik } from "../../traefik/model/version.ts";
import { ownName } from "../../traefik/objects/references.ts";
import { parseRule } from "../../traefik/rule/parse.ts";
import { parseDefaultRule } from "./default-rule.ts";
import { parseConstraints } from "./exposed.ts";

const host = text.regex(/^(\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/, {
  error: 'a host is a name in lower case, such as shop.example, "*.shop.example", or "*" for all',
});
const names = z
  .array(text.regex(/^[^\s,]+$/, { error: "a name has no space and no comma" }).overwrite(ownName))
  .default([]);

/** What the labels of one project may say. Their author is not the operator: whatever is not here, they may not. */
export const allowSchema = z.strictObject({
  hosts: z
    .array(host)
    .min(1)
    .describe(
      "The hosts that routers may answer. One of a group, a route file or an earlier project is shared only if it is here by its exact name.",
    ),
  entryPoints: names.describe("The entry points that routers may use, and those of a router that names none."),
  ownEntryPoints: names.describe("Entry points of this project alone: UDP, and TCP for every host, may only be there."),
  middlewares: names.describe("Middlewares of route files, or of other providers, that may be used."),
  serversTransports: names,
  tlsOptions: names,
  certResolvers: names,
  targets: names.describe("Hosts other than the instance itself that forwardAuth or server.url may lead to."),
});
export type Allow = z.output<typeof allowSchema>;

/** Instances of a source that declare themselves by labels; the options are those of Traefik's Docker provider. */
export const labelsSchema = z.strictObject({
  exposedByDefault: z.boolean().default(false).describe("Whether instances without traefik.enable take part."),
  defaultRule: text
    .default("Host(`{{ normalize .Name }}`)")
    .superRefine((template, context) => {
      const parsed = parseDefaultRule(template);
      // Any value of a label will do to see whether it becomes a rule.
      const labels = { get: () => ({ value: "x" }) } as unknown as ReadonlyMap<string, { value: string }>;
      const sample = parsed.ok ? parsed.rule({ name: "web", containerName: "web-0", labels }) : "";
      const read = parseRule(sample, { kind: "http", traefik: newestTraefik });
      if (parsed.ok && read.ok) return;
      const message =
        parsed.ok && !read.ok
          ? `for an instance web-0 it is ${sample}: ${read.problem.message}`
          : parsed.ok
            ? ""
            : parsed.message;
      context.addIssue({ code: "custom", message });
    })
    .describe("The rule of a router that has none."),
  defaultPort: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe("The port of HTTP services that name none: LXD knows no exposed ports."),
  constraints: text
    .superRefine((written, context) => {
      const read = parseConstraints(written);
      if (!read.ok)
        context.addIssue({ code: "custom", message: `column ${read.problem.column}: ${read.problem.message}` });
    })
    .optional()
    .describe("Which labels an instance must have to take part."),
  allow: z.record(text.max(63), allowSchema).describe("By project. The labels of other projects are ignored."),
});
export type LabelSettings = z.output<typeof labelsSchema>;
