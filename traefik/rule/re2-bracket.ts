import { type ClassPart, perlClass, posixClass } from "./re2-class.ts";
import { escaped, readEscape } from "./re2-escape.ts";
import { unicodeClass } from "./re2-unicode.ts";

interface BracketContext {
  readonly traefik: string;
  /** Where the last `:]` of the expression stands: looking for one again and again would take time without end. */
  readonly lastNamed: number;
}

/** The class in brackets that opens at `at`, or what is wrong with it. In Go a `]` that comes first is a character. */
export function readBracket(source: string, at: number, { traefik, lastNamed }: BracketContext): ClassPart | string {
  const inverted = source[at + 1] === "^";
  const first = at + (inverted ? 2 : 1);
  let parts: string | undefined = "";
  let place = first;
  while (source[place] !== "]" || place === first) {
    if (place >= source.length) return "the [ is never closed";
    const posix = place < lastNamed ? posixClass(source, place) : undefined;
    const named = posix ?? unicodeClass(source, place, traefik);
    if (typeof named === "string") return named;
    const perl = named ?? perlClass(source, place);
    if (perl !== undefined) {
      const js = "negated" in perl && perl.negated === true ? undefined : perl.js;
      parts = parts === undefined || js === undefined ? undefined : parts + js;
      place += perl.length;
      continue;
    }
    const low = character(source, place);
    if (typeof low === "string") return low;
    place += low.length;
    let { point: last } = low;
    if (source[place] === "-" && place + 1 < source.length && source[place + 1] !== "]") {
      const high = character(source, place + 1);
      if (typeof high === "string") return high;
      if (high.point < low.point) return "a range in [] runs backwards";
      last = high.point;
      place += 1 + high.length;
    }
    if (parts !== undefined) parts += last === low.point ? escaped(last) : `${escaped(low.point)}-${escaped(last)}`;
  }
  const js = parts === undefined ? undefined : `[${inverted ? "^" : ""}${parts}]`;
  return { length: place + 1 - at, js };
}

function character(source: string, at: number): { readonly length: number; readonly point: number } | string {
  if (at >= source.length) return "the [ is never closed";
  if (source[at] === "\\") return readEscape(source, at);
  const point = source.codePointAt(at) ?? 0;
  return { length: point > 0xffff ? 2 : 1, point };
}
