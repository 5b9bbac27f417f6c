import { CST, Lexer } from "yaml";

/** The first escape of a double-quoted scalar that Go's YAML refuses, as offsets in the scalar. */
export function badEscape(raw: string): { from: number; to: number; message: string } | undefined {
  for (const { 0: found, index, ...codes } of raw.matchAll(escapes)) {
    const at = { from: index, to: index + found.length };
    const hex = codes[1] ?? codes[2] ?? codes[3];
    if (hex === undefined) {
      if (/^[^0abt\tnvfre "'\\N_LP\n\r]/u.test(found.slice(1)))
        return {
          ...at,
          message: `${found} is no escape that Traefik reads${found === "\\/" ? "; write / alone" : ""}`,
        };
    } else {
      const code = Number.parseInt(hex, 16);
      if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
        return { ...at, message: `${found} is half of a pair, which Traefik refuses; write the character itself` };
    }
  }
  return undefined;
}

const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|.|\n)/gsu;

/**
 * What is wrong with a key: Go's YAML requires its colon on the same line, and close. In brackets, a colon right before another
 * bracket belongs to a key without quotes.
 */
export function brokenKey(text: string, from: number, to: number, inBrackets: boolean): string | undefined {
  const colon = /[\s\u0085]*/y;
  colon.lastIndex = to;
  colon.test(text);
  const end = colon.lastIndex;
  if (text[end] !== ":" || /\?\s*$/.test(text.slice(Math.max(0, from - 20), from))) return undefined;
  if (/[\n\r\u0085\u2028\u2029]/.test(text.slice(from, end))) return "a key is on one line with its colon";
  if (inBrackets && text[from] === ":") return "no key begins with a colon";
  if (inBrackets && !/["']/.test(text[from] ?? "") && /[[\]{},]/.test(text[end + 1] ?? ""))
    return "the colon is a part of this key; put a space after it";
  if (end - from <= 1024 || [...text.slice(from, end)].length <= 1024) return undefined;
  return "a key has at most 1,022 characters";
}

/**
 * The text with line ends that the YAML library knows, in the same length: for Go's reader a lone carriage return, U+0085, U+2028
 * and U+2029 end a line too. In quotes the first two are a space, however far the next line is indented.
 */
export function withLineEnds(text: string): string {
  if (!/\r(?!\n)|[\u0085\u2028\u2029]/.test(text)) return text;
  return text.replace(tokens, (token) =>
    /^["']/.test(token)
      ? token.replace(/\r(?!\n)|\u0085/g, " ")
      : token.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, "\n"),
  );
}

/** Quoted scalars, carriage returns with their newline, or one other character. */
const tokens = /(?<=^|[\s,:[{-])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?<=^|\s)#[^\n\r\u0085\u2028\u2029]*|\r\n|./gsu;

/** The share of so many values that may come from aliases. */
export function aliasesAllowed(decoded: number): number {
  const [low, high] = [400_000, 4_000_000];
  if (decoded <= low) return 0.99;
  return decoded >= high ? 0.1 : 0.99 - 0.89 * ((decoded - low) / (high - low));
}

/**
 * The offset of a line that begins with a tab outside brackets and scalars, if any. Go's reader takes that tab for the start of a
 * token, and no token starts with one.
 */
export function tabAt(text: string): number | undefined {
  if (!/(^|\n) *\t/.test(text)) return undefined;
  let [offset, flow, fresh] = [0, 0, true];
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === "byte-order-mark" || type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    if (type === "doc-start" && offset > 0 && /\S/.test(text.slice(0, offset))) return undefined;
    if (type === "flow-map-start" || type === "flow-seq-start") flow++;
    if (type === "flow-map-end" || type === "flow-seq-end") flow--;
    if (type === "space" && fresh && flow === 0 && token.includes("\t")) return offset + token.indexOf("\t");
    fresh = type === "newline" || (fresh && type === "space");
    offset += token.length;
  }
  return undefined;
}
