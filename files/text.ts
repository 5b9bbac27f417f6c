import { z } from "zod";

/**
 * Characters that Traefik's YAML reader refuses or damages in a string: control characters, lone surrogates, and U+2551, which
 * Traefik's decoder uses as its own list separator. (Seen on Traefik 3.7.15.)
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
const damaged = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2551\ufffe\uffff]|\p{Cs}/u;

/** Whether text reaches Traefik unchanged. */
export const undamaged = (s: string) => !damaged.test(s);

/** A string that reaches Traefik unchanged. */
export const text = z
  .string()
  .min(1)
  .max(10_000)
  .refine(undamaged, { error: "holds a character that Traefik's reader refuses or changes" });

/** The name of one of Traefik's objects, as a list item: a comma would split it. `other@file` belongs to another provider. */
export const objectName = text.regex(/^[^\s,]+$/, { error: "a name has no space and no comma" });
