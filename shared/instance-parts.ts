import { z } from "zod";
import { durationText } from "../files/duration.ts";
import { text } from "../files/text.ts";
import { isBeside } from "./is-beside.ts";
import { lxdText, lxdValue } from "./lxd-values.ts";

/** A file below the directory of the group file, by its path from there. */
const besides = text.refine(isBeside, {
  error: "is a path below the group file's directory, such as cloud-init/web.yaml, of which no part begins with a dot",
});

/** `limits.*` without the prefix. */
export const limitsSchema = z
  .record(text.regex(/^(?!limits\.)/, { error: "is written without limits. here" }), lxdValue)
  .describe("The config keys limits.*, such as { cpu: 2, memory: 1GiB }.");

const document = z.union([lxdText, z.strictObject({ file: besides })], { error: "must be text, or { file: PATH }" });

/** What cloud-init reads at the first start of an instance, as text or by file. */
export const cloudInitSchema = z
  .strictObject({
    userData: document.optional(),
    vendorData: document.optional(),
    networkConfig: document.optional(),
  })
  .describe("What cloud-init reads at an instance's first start: text, or { file: PATH }.");

const wrong = "is a member of the cluster, a group of members such as @ssd, or { spread: [m1, m2] }";
const members = z
  .array(text.regex(/^[A-Za-z0-9_.-]+$/, { error: "is a member of the cluster" }))
  .min(1)
  .refine((all) => new Set(all).size === all.length, { error: "names a member twice" });

/** Where in a cluster the replicas are: on a member, in a group of members, or each on one of several members. */
export const targetSchema = z
  .union([text.regex(/^@?[A-Za-z0-9_.-]+$/, { error: wrong }), z.strictObject({ spread: members })], { error: wrong })
  .describe(
    "The cluster member of the replicas, a group of members such as @ssd, or { spread: [m1, m2] }: evenly. Add to that list at its end, and few replicas move.",
  );

const id = z.int().min(0).max(4_294_967_295);
const mode = z.string({ error: 'is octal text in quotes, such as "0644"' }).regex(/^0?[0-7]{3,4}$/, {
  error: 'is octal text in quotes, such as "0644"',
});

const fields = {
  content: lxdText.optional(),
  file: besides.optional(),
  mode: mode.optional(),
  uid: id.optional(),
  gid: id.optional(),
  createDirectories: z.boolean().optional(),
  directoryMode: mode.optional(),
};
const file = z.strictObject(fields).refine((one) => (one.content === undefined) !== (one.file === undefined), {
  error: "has either content, or file with a path",
});

/** Files that are written into a new instance once it runs, and again when one of them changes. */
export const filesSchema = z
  .record(text.regex(/^\/[^\0]*[^/]$/, { error: "is an absolute path in the instance, such as /etc/app.conf" }), file)
  .describe("Files of the instance, by path: { content: TEXT } or { file: PATH }.");

/** Commands that are run in an instance, in the order of their names. */
export const execsSchema = z
  .record(
    text.regex(/^[a-z0-9_-]+$/, { error: "a name has lower-case letters, digits, dashes and underscores" }),
    z.strictObject({
      command: z.array(lxdText).min(1),
      trigger: z.enum(["on_change", "on_start", "once"]).optional(),
      environment: z.record(text, lxdValue).optional(),
      workingDir: text.optional(),
      uid: id.optional(),
      gid: id.optional(),
      enabled: z.boolean().optional(),
      failOnError: z.boolean().optional(),
      recordOutput: z.boolean().optional(),
      timeout: durationText.optional(),
    }),
  )
  .describe("Commands that are run in the instance, in the order of their names, after the files are written.");

/** How long each step of the provider may take. */
export const timeoutsSchema = z.strictObject({
  create: durationText.optional(),
  read: durationText.optional(),
  update: durationText.optional(),
  delete: durationText.optional(),
});

/** Attributes that rollcall sets itself or has a key for, and what to use. */
const owned: Readonly<Record<string, string>> = {
  name: "the replicas' names are rollcall's",
  project: "use project",
  remote: "use source",
  image: "use instance.image",
  type: "use instance.type",
  profiles: "use instance.profiles",
  config: "use instance.config; the tags are rollcall's",
  device: "use instance.devices",
  description: "use instance.description",
  ephemeral: "use instance.ephemeral",
  target: "use instance.target",
  file: "use instance.files",
  exec: "use instance.execs",
  execs: "use instance.execs",
  allow_restart: "use instance.allowRestart",
  timeouts: "use instance.timeouts",
  provider: "use source",
  count: "use replicas",
  for_each: "use replicas",
  provisioner: "use instance.execs",
  connection: "use instance.execs",
};

/** Attributes of the provider's resource that have no key here, merged into it as CDKTF's `addOverride` does. */
export const overridesSchema = z
  .record(
    text
      .regex(/^[a-z_]+$/, { error: "is an attribute of the provider's instance resource, such as architecture" })
      .refine((key) => !Object.hasOwn(owned, key), { error: ({ input }) => owned[String(input)] ?? "" }),
    z.json(),
  )
  .describe("Attributes of the provider's instance resource that have no key here, by their name in Terraform.");
