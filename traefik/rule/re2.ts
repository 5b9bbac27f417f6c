import { createRequire } from "node:module";
import type { RE2JSSyntaxException, RE2Set } from "re2js";
import { unicodeName } from "./unicode-names.ts";

export type RegexpReading =
  | {
      readonly ok: true;
      /** Whether it matches anywhere in the text, in time linear in the text's length. */
      readonly test: (text: string) => boolean;
    }
  | { readonly ok: false; readonly message: string };

/** Loads re2js when the first regular expression is read: 10 ms and 8 MB that most commands can do without. */
const load = createRequire(import.meta.url) as (name: "re2js") => { RE2Set: typeof RE2Set };

/** What re2js says, in words that repeat nothing of the expression. */
const messages: Readonly<Record<string, string>> = {
  "invalid character class range": "a range in [] runs backwards, or there is no such class in [: :] or \\p{}",
  "invalid escape sequence": "there is no such escape with \\; RE2 refers back to no group",
  "invalid named capture": "the name of a group has letters, digits and _ alone",
  "invalid or unsupported Perl syntax": "what follows a (? is unknown",
  "invalid nested repetition operator": "a repetition is repeated",
  "invalid repeat count":
    "a count in {} is 1000 at most, also multiplied with those around it, and no range runs backwards",
  "missing closing ]": "the [ is never closed",
  "missing closing )": "a ( is never closed",
  "missing argument to repetition operator": "there is nothing to repeat",
  "trailing backslash at end of expression": "a \\ stands at the end",
  "unexpected )": "the ) closes nothing",
  "expression nests too deeply": "more than 1000 nested groups",
  "expression too large": "it is too large",
};

/**
 * Reads a regular expression as the `regexp.Compile` of the Go that this Traefik is built with. A set of one is read at once, and
 * compiled only when it is asked: `a{1000}` a thousand times takes 2 s and 700 MB to compile, and may come from a label.
 */
export function readRegexp(source: string, traefik: string): RegexpReading {
  const { RE2Set } = load("re2js");
  const set = new RE2Set();
  try {
    set.add(forRe2js(source, traefik));
  } catch (error) {
    return { ok: false, message: problem(error as Partial<RE2JSSyntaxException>) };
  }
  return { ok: true, test: (text) => set.match(text).length > 0 };
}

function problem({ error = "", input }: Partial<RE2JSSyntaxException>): string {
  const around = /^\(\?<?[=!]/.exec(input ?? "")?.[0];
  if (around !== undefined) return `${around} looks ahead or behind, which RE2 cannot`;
  return messages[error] ?? "it is beyond what can be read";
}

/** A quotation, a class in brackets, a Unicode class, another escape, a named group. What is never closed ends with the text. */
const pieces =
  /\\Q.*?(?:\\E|$)|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\\\]])*(?:\]|$)|\\[pP](?:\{[^}]*(?:\}|$)|[^{])|\\.|\(\?P?<\w+>/gsu;
const classes = /\\([pP])(?:\{(\^?)([^}]*)\}|\{[^}]*$|([^{]))|\\.|(?<!^)\[:/gsu;

/**
 * The same for re2js, which differs from Go in three things: `\p{}` takes the names of a newer Unicode, in one spelling; two groups
 * of one name are refused; and a `[:` with no `:]` behind it, in Go two characters, is misread in `[[:]`, and takes quadratic time.
 */
function forRe2js(source: string, traefik: string): string {
  const lastNamed = source.lastIndexOf(":]");
  return source.replaceAll(pieces, (piece, start: number) => {
    if (piece.startsWith("\\Q")) return piece;
    if (piece.startsWith("(")) return "(";
    return piece.replaceAll(classes, (all, letter?: string, caret = "", long?: string, short?: string, at = 0) => {
      if (all === "[:" && start + at + 2 > lastNamed) return "\\[:";
      if (letter === undefined) return all;
      return `\\${letter}{${caret}${unicodeName(long ?? short ?? "", traefik) ?? "?"}}`;
    });
  });
}
