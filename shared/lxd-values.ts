import { z } from "zod";
import { text } from "../files/text.ts";

/** A name of a source, a project, a device or a profile. */
export const lxdName = text
  .max(63)
  .regex(/^[A-Za-z0-9_.-]+$/, { error: "a name has letters, digits, dots, dashes and underscores, such as web-1" });

/** How many characters a text for an instance has at most. */
export const longestText = 100_000;

/** Text for an instance: of a value, a file or a command. */
export const lxdText = z
  .string()
  .min(1)
  .max(longestText)
  .regex(/^[^\0\p{Cs}]*$/u, { error: "contains a character that is not text" });

/** Config and device values are text; whole numbers and booleans need no quotes, but YAML would read 1.10 as 1.1. */
export const lxdValue = z
  .union([lxdText, z.int(), z.boolean()], {
    error: ({ input }) =>
      `must be text, a whole number, or true or false${typeof input === "number" ? "; put this one in quotes" : ""}`,
  })
  .transform(String);
