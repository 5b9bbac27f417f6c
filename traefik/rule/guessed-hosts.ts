import { canonicalHost, type Reach } from "./hosts.ts";

/** `\.` and `[.]` of an expression. */
const writtenDots = /\\+\.|\[\\*\.\]/g;

/** A name with dots, the end of one, or a quoted name without. */
const names = /[\w*-]*(?:\.[\w*-]+)+|(?<=[`"'])[\w-]+(?=[`"'])/g;

/**
 * The hosts that a rule which can't be read seems to be for: each word of it that may be a host, with all that is below it if the text
 * has an expression or one of Traefik v2's placeholders. It is too wide, and says whose a host is, never what is served.
 */
export function guessedReach(text: string): Reach {
  const words = text.replaceAll(writtenDots, ".").match(names) ?? [];
  const found = [...new Set(words.map((word) => canonicalHost(word.replace(/^\.+/, ""))))].filter(
    (host) => host !== "",
  );
  const isPattern = /[{\\]|regexp/i.test(text);
  return { any: false, hosts: isPattern ? found.flatMap((host) => [host, `**.${host}`]) : found, regexps: [] };
}
