import { assertions, standing } from "./re2-assertion.ts";
import { readBracket } from "./re2-bracket.ts";
import { createBuilder } from "./re2-build.ts";
import { perlClass } from "./re2-class.ts";
import { readEscape } from "./re2-escape.ts";
import { readOpening } from "./re2-group.ts";
import { readRepetition } from "./re2-repeat.ts";
import { unicodeClass } from "./re2-unicode.ts";

export type RegexpReading =
  | {
      readonly ok: true;
      /** The same in JavaScript, where that can say it. It backtracks: for a person's question, not for requests. */
      readonly js: RegExp | undefined;
    }
  | { readonly ok: false; readonly message: string };

/**
 * Reads a regular expression as Go's regexp.Compile does (RE2's syntax: no look-around, no references back). The limits of
 * Go's on the size of the compiled program are not looked at.
 */
export function readRegexp(source: string, traefik: string): RegexpReading {
  const lastNamed = source.lastIndexOf(":]");
  const builder = createBuilder();
  let repeated = false;
  let at = 0;
  while (at < source.length) {
    const repetition = readRepetition(source, at);
    const message =
      repetition && repeated ? "a repetition is repeated" : repetition ? builder.repeat(repetition) : piece();
    if (message !== undefined) return { ok: false, message };
    at += repetition?.text.length ?? 0;
    repeated = repetition !== undefined;
  }
  const { closed, js } = builder.finish();
  return closed ? { ok: true, js } : { ok: false, message: "a ( is never closed" };

  /** Reads one piece, goes behind it, and says what is wrong with it. */
  function piece(): string | undefined {
    const c = source[at] ?? "";
    if (c === "(") return group();
    if (c === "\\") return backslash();
    if (c === "[") {
      const read = readBracket(source, at, { traefik, lastNamed });
      if (typeof read === "string") return read;
      builder.item(read.js, true);
      at += read.length;
      return undefined;
    }
    const point = source.codePointAt(at) ?? 0;
    at += point > 0xffff ? 2 : 1;
    if (c === ")") return builder.close();
    const assertion = standing(c, builder.flags());
    if (c === "|") builder.bar();
    else if (assertion !== undefined) builder.item(assertion);
    else builder.literal(point);
    return undefined;
  }

  function group(): string | undefined {
    const flags = builder.flags();
    const opening = source[at + 1] === "?" ? readOpening(source, at, flags) : { length: 1, flags, opens: true };
    if (typeof opening === "string") return opening;
    at += opening.length;
    const message = opening.opens ? builder.open() : undefined;
    builder.setFlags(opening.flags);
    return message;
  }

  function backslash(): string | undefined {
    const c = source[at + 1] ?? "";
    if (Object.hasOwn(assertions, c)) {
      builder.item(assertions[c]);
      at += 2;
      return undefined;
    }
    if (c === "Q") {
      const end = source.indexOf("\\E", at + 2);
      for (const one of source.slice(at + 2, end < 0 ? undefined : end)) builder.literal(one.codePointAt(0) ?? 0);
      at = end < 0 ? source.length : end + 2;
      return undefined;
    }
    const named = unicodeClass(source, at, traefik);
    if (typeof named === "string") return named;
    const perl = perlClass(source, at);
    if (perl) builder.item(`[${perl.negated ? "^" : ""}${perl.js}]`, true);
    else if (named) builder.item(named.js, true);
    else {
      const read = readEscape(source, at);
      if (typeof read === "string") return read;
      builder.literal(read.point);
      at += read.length;
    }
    at += (named ?? perl)?.length ?? 0;
    return undefined;
  }
}
