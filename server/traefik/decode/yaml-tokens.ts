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

/** What is wrong with a key whose text ends there: Go's YAML wants its colon on the same line, and near. */
export function brokenKey(text: string, from: number, to: number): string | undefined {
  const colon = /[ \t\n\r]*/y;
  colon.lastIndex = to;
  colon.test(text);
  const end = colon.lastIndex;
  if (text[end] !== ":" || /\?\s*$/.test(text.slice(Math.max(0, from - 20), from))) return undefined;
  if (/\n/.test(text.slice(from, end))) return "a key is on one line with its colon";
  if (end - from <= 1024 || [...text.slice(from, end)].length <= 1024) return undefined;
  return "a key has at most 1,022 characters";
}

/**
 * The text with the line ends that the YAML library knows, and as long as before: to Go's reader a lone carriage return and
 * U+0085 end a line too, and in quotes they are a space, however far the next line is indented.
 */
export function withLineEnds(text: string): string {
  if (!/\r(?!\n)|\u0085/.test(text)) return text;
  return text.replace(tokens, (token) => token.replace(/\r(?!\n)|\u0085/g, /^["']/.test(token) ? " " : "\n"));
}

/** Quoted scalars, comments, or one other character. */
const tokens = /(?<=^|[\s,:[{-])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?<=^|\s)#[^\n\r\u0085]*|./gsu;

/**
 * Where a line begins with a tab outside of brackets and of scalars, as an offset; undefined where none does. Go's reader takes a
 * tab there for the beginning of something, which nothing begins with.
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
