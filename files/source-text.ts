import { harmless } from "./harmless.ts";
import type { Problem } from "./problem.ts";

/** The text of a file, which can turn offsets into places. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** The line, from 1, of an offset. */
  lineOf(offset: number): number;
  /** The place of the text between two offsets, as far as it lies on one line. */
  at(from: number, to: number): Omit<Problem, "path" | "message">;
  /** The place of the word at a line and a column, both from 1. */
  wordAt(line: number, column: number): Omit<Problem, "path" | "message">;
}

/** How much of a long line is quoted, and how much of that before the marked place. */
const quoted = { length: 160, before: 60 };

/** Neither YAML nor Traefik's reader allows any others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/** Reads bytes as UTF-8 text; a byte order mark is dropped. Bytes that are not text are one problem. */
export function readText(file: string, bytes: Uint8Array): { source: SourceText; problem: Problem | undefined } {
  const valid = validLength(bytes);
  const source = sourceText(file, new TextDecoder().decode(bytes));
  if (valid < bytes.length) {
    const from = new TextDecoder().decode(bytes.subarray(0, valid), { stream: true }).length;
    const message = "not UTF-8 text from here on; save the file as UTF-8";
    return { source, problem: { ...source.at(from, from + 1), path: "", message } };
  }
  const found = unprintable.exec(source.text);
  if (!found) return { source, problem: undefined };
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const message = `the control character U+${code} is no text; remove it, or write it as "\\u${code}" in double quotes`;
  return { source, problem: { ...source.at(found.index, found.index + 1), path: "", message } };
}

export function sourceText(file: string, text: string): SourceText {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);

  function lineOf(offset: number): number {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  return {
    file,
    text,
    lineOf,
    wordAt(line, column) {
      const from = (starts[line - 1] ?? text.length) + column - 1;
      const word = /"[^"\n]*"|'[^'\n]*'|[^\s,:{}[\]]+|/y;
      word.lastIndex = from;
      return this.at(from, from + (word.exec(text)?.[0].length ?? 0));
    },
    at(from, to) {
      // Text that ends too early is reported at the end of the file, which is an empty, invisible line.
      const offset = from < text.length ? from : text.trimEnd().length;
      const line = lineOf(offset);
      const start = starts[line - 1] ?? 0;
      const next = starts[line] ?? text.length + 1;
      const whole = text.slice(start, next - 1).replace(/\r$/, "");
      const column = Math.min(offset - start, whole.length) + 1;
      const width = Math.max(1, Math.min(to, start + whole.length) - offset);
      const cut = whole.length > quoted.length ? Math.max(0, column - 1 - quoted.before) : 0;
      const part = harmless(whole.slice(cut, cut + quoted.length));
      const prefix = cut > 0 ? "..." : "";
      const suffix = cut + quoted.length < whole.length ? "..." : "";
      const caret = column - cut + prefix.length;
      return { file, line, column, width, source: `${prefix}${part}${suffix}`, caret };
    },
  };
}

/** How many bytes from the start are valid UTF-8. */
function validLength(bytes: Uint8Array): number {
  function isValid(length: number, whole: boolean) {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: !whole });
      return true;
    } catch {
      return false;
    }
  }
  if (isValid(bytes.length, true)) return bytes.length;
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isValid(middle, false)) good = middle;
    else bad = middle;
  }
  return good;
}
