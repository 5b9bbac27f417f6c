import { resolve } from "node:path";
import { z } from "zod";
import { text } from "../../files/text.ts";
import { etcdOutput, redisOutput, storePathsFrom, storesOf } from "./key-value/settings.ts";

const aMode = 'a mode is three octal digits in quotes, such as "640"';

/** A file for Traefik's file provider. */
const fileOutput = z.strictObject({
  file: text.regex(/\.ya?ml$/i, { error: "ends in .yml or .yaml, or Traefik's file provider does not read it" }),
  /** A directory on the same file system, outside the one that Traefik watches. */
  temporary: text.optional(),
  mode: z
    .string({ error: aMode })
    .regex(/^0?[0-7]{3}$/, { error: aMode })
    .default("640"),
});

const most = 10;

const kinds = { file: fileOutput, etcd: etcdOutput, redis: redisOutput } as const;
type Any = z.output<(typeof kinds)[keyof typeof kinds]>;

/** One of them: which one is said by the setting that names where, so that what is wrong is said of that one. */
const anyOutput = z.record(z.string(), z.unknown()).transform((written, context): Any => {
  const [kind, second] = Object.entries(kinds).filter(([name]) => name in written);
  if (kind === undefined || second !== undefined) {
    context.addIssue({ code: "custom", message: `an output has one of ${Object.keys(kinds).join(", ")}` });
    return z.NEVER;
  }
  const read = kind[1].safeParse(written);
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues) context.addIssue({ code: "custom", path, message });
  return z.NEVER;
});

/** `outputs` of rollcall.yaml: where the document is written to besides the provider listener. Secrets are only named here, by their files. */
export const outputsSchema = z
  .array(anyOutput)
  .max(most)
  .default([])
  .superRefine((all, context) => {
    const seen = new Set<string>();
    for (const one of all) {
      const targets = new Set("file" in one ? [resolve("/", one.file)] : storesOf(one));
      if ([...targets].some((target) => seen.has(target)))
        context.addIssue({
          code: "custom",
          message: "file" in one ? "two write the same file" : "two write the same keys: give each another prefix",
        });
      for (const target of targets) seen.add(target);
    }
  });

export type OutputSettings = Any;
export type OutputKind = keyof typeof kinds;
export type FileOutput = z.output<typeof fileOutput>;

/** Resolves the paths of an output against a directory. */
export function outputPathsFrom(output: OutputSettings, from: string): OutputSettings {
  if (!("file" in output)) return storePathsFrom(output, from);
  const { file, temporary } = output;
  return {
    ...output,
    file: resolve(from, file),
    ...(temporary !== undefined && { temporary: resolve(from, temporary) }),
  };
}
