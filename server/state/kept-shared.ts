import { z } from "zod";
import type { Entry, Register, Shared } from "../marks/versions.ts";
import type { PartReader } from "./parts.ts";

const versionParts = { at: z.int().min(0), by: z.string() };
const entry = z.object({ ...versionParts, until: z.int().min(0), ended: z.literal(true).optional() });
const effect = z.object(versionParts);

type Written = Readonly<Record<keyof Shared, Readonly<Record<string, unknown>>>>;

/** Reads what `sharedJson` made, part by part. */
export function readShared(written: Written, parts: PartReader): Shared {
  const read = (name: "marks" | "accepts") =>
    parts.map(`shared.${name}`, written[name], (value): Entry | undefined => {
      const { data } = entry.safeParse(value);
      return data && { version: { at: data.at, by: data.by }, until: data.until, ended: data.ended ?? false };
    });
  const effects = parts.map("shared.effects", written.effects, (value) => effect.safeParse(value).data);
  return { marks: read("marks"), accepts: read("accepts"), effects };
}

export function sharedJson({ marks, accepts, effects }: Shared): Written {
  const entries = (register: Register) =>
    Object.fromEntries(
      [...register].map(([key, { version, until, ended }]) => [key, { ...version, until, ...(ended && { ended }) }]),
    );
  return { marks: entries(marks), accepts: entries(accepts), effects: Object.fromEntries(effects) };
}
