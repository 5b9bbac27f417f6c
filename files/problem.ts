import { byCodePoint } from "./by-code-point.ts";
import { harmless } from "./harmless.ts";

/** A mistake at a place in a file. Lines and columns start at 1; a column is a UTF-16 unit, as editors count. */
export interface Problem {
  readonly file: string;
  /** Left out when the whole file or directory is meant. */
  readonly line?: number;
  readonly column?: number;
  /** The key that is meant, `service.port`; empty for a document as a whole. */
  readonly path: string;
  readonly message: string;
  /** How many columns of the line are meant. */
  readonly width?: number;
  /** The line of the file, fit for a terminal, cut when it is long. `check` alone quotes it, nobody else: it may hold a secret. */
  readonly source?: string;
  /** The column of `source` that `column` is; another one where the line was cut. */
  readonly caret?: number;
}

/** `file:line:col: error: path: message`, without the quoted line: fit for a log. */
export function problemLine(problem: Problem): string {
  return labelledLine(problem, "error");
}

/** The same with another word than `error`. */
export function labelledLine(problem: Problem, word: string): string {
  return `${problemPlace(problem)}: ${word}: ${problemText(problem)}`;
}

/** `file:line:col`, as far as it is known. */
export function problemPlace({ file, line, column }: Pick<Problem, "file" | "line" | "column">): string {
  return [harmless(file), line, column].filter((part) => part !== undefined).join(":");
}

/** `path: message`. */
export function problemText({ path, message }: Pick<Problem, "path" | "message">): string {
  return harmless(path ? `${path}: ${message}` : message);
}

/** Orders problems by file, line and column. */
export function byPlace(a: Problem, b: Problem): number {
  return byCodePoint(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
