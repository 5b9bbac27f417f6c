import { Refusal } from "./refusal.ts";

/** A Go string literal that was read. */
export interface Literal {
  readonly end: number;
  /** Its text. Bytes that are not UTF-8 (`"\xff"`) become U+FFFD. */
  readonly value: string;
  readonly wellFormed: boolean;
}

/** The back-quoted text that opens at `start`: it has no escapes, and Go drops carriage returns from it. */
export function readRaw(source: string, start: number): Literal {
  const end = source.indexOf("`", start + 1);
  if (end < 0) throw new Refusal(start, start + 1, "the ` is never closed");
  return { end: end + 1, value: source.slice(start + 1, end).replaceAll("\r", ""), wellFormed: true };
}

const simple: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** The double-quoted text that opens at `start`, with Go's escapes. `\x` and octal ones are bytes, `\u` and `\U` code points. */
export function readQuoted(source: string, start: number): Literal {
  const pieces: (string | number)[] = [];
  let at = start + 1;
  while (source[at] !== '"') {
    const c = source[at];
    if (c === undefined || c === "\n") throw new Refusal(start, start + 1, 'the " is never closed on its line');
    if (c === "\\") {
      const { piece, length } = readEscape(source, at);
      pieces.push(piece);
      at += length;
    } else {
      pieces.push(c);
      at++;
    }
  }
  return { end: at + 1, ...joined(pieces) };
}

function readEscape(source: string, at: number): { piece: string | number; length: number } {
  const rest = source.slice(at + 1, at + 10);
  const plain = simple[rest.charAt(0)];
  if (plain !== undefined) return { piece: plain, length: 2 };
  const byte = /^(?:x([0-9a-fA-F]{2})|([0-7]{3}))/.exec(rest);
  if (byte) {
    const value = byte[1] === undefined ? Number.parseInt(byte[2] ?? "", 8) : Number.parseInt(byte[1], 16);
    if (value < 256) return { piece: value < 128 ? String.fromCharCode(value) : value, length: 1 + byte[0].length };
  }
  const point = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
  if (point) {
    const value = Number.parseInt(point[1] ?? point[2] ?? "", 16);
    const isText = value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
    if (isText) return { piece: String.fromCodePoint(value), length: 1 + point[0].length };
    throw new Refusal(at, at + 1 + point[0].length, "there is no character with this number");
  }
  const next = String.fromCodePoint(source.codePointAt(at + 1) ?? 0x20);
  const cure = /^[xuU0-7]/.test(next) ? "it is not complete" : `write \\\\${next}, or take \` instead of "`;
  throw new Refusal(at, at + 1 + next.length, `\\${next} is not an escape in double quotes; ${cure}`);
}

function joined(pieces: readonly (string | number)[]): { value: string; wellFormed: boolean } {
  if (!pieces.some((piece) => typeof piece === "number")) return { value: pieces.join(""), wellFormed: true };
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  let run = "";
  for (const piece of [...pieces, 0]) {
    if (typeof piece === "string") run += piece;
    else {
      for (const byte of encoder.encode(run)) bytes.push(byte);
      run = "";
      bytes.push(piece);
    }
  }
  const all = Uint8Array.from(bytes.slice(0, -1));
  try {
    return { value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(all), wellFormed: true };
  } catch {
    return { value: new TextDecoder("utf-8", { ignoreBOM: true }).decode(all), wellFormed: false };
  }
}
