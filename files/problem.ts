import { byCodePoint } from "./by-code-point.ts";
import { harmless } from "./harmless.ts";

/** A mistake at a place in a file. Lines and columns start at 1; a column is a UTF-16 unit, as editors count. */
export interface Problem {
  readonly file: string;
  /** Left out if the problem is with the whole file or directory. */
  readonly line?: number;
  readonly column?: number;
  /** The key, `service.port`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  /** How many columns of the line to mark. */
  readonly width?: number;
  /** The line of the file, safe for a terminal, shortened if it is long. Only `check` quotes it: it may hold a secret. */
  readonly source?: string;
  /** The column in `source`; differs from `column` if the line was shortened. */
  readonly caret?: number;
}

/** `file:line:col: error: path: message`, without the quoted line: safe for a log. */
export function problemLine(problem: Problem): string {
  return labelledLine(problem, "error");
}

/** The same with another word than `error`. */
export function labelledLine(problem: Problem, word: string): string {
  return `${problemPlace(problem)}: ${word}: ${problemText(problem)}`;
}

/** `file:line:col`, as far as known. */
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
