import { labelledLine, type Problem } from "./problem.ts";
import type { Place } from "./yaml-document.ts";

/** Wraps text for a terminal. */
export interface Paint {
  readonly red: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** Every problem with its source line and a caret below, then a count. For a terminal: the line may hold a secret. */
export function formatProblems(problems: readonly Problem[], paint: Paint): string {
  const files = new Set(problems.map(({ file }) => file)).size;
  const count = `FAILED: ${plural(problems.length, "error")} in ${plural(files, "file")}`;
  return `${problems.map((problem) => formatProblem(problem, paint)).join("")}${paint.red(count)}\n`;
}

/** One problem with its source line and a caret below; `word` is the kind of problem. */
export function formatProblem(problem: Problem, paint: Paint, word = "error"): string {
  return `${labelledLine(problem, word)}\n${formatPlace(problem, paint)}`;
}

/** The source line of a place and a caret below; empty if the line is not known. */
export function formatPlace(
  { line, column = 1, source, width = 1, caret = column }: Place,
  { red, dim }: Paint,
): string {
  if (line === undefined || source === undefined) return "";
  // The marked text may extend beyond the quoted part of a long line.
  const marked = Math.max(1, Math.min(width, source.length - caret + 1));
  const number = String(line).padStart(5);
  return `${dim(`${number} | ${source}`)}\n${dim("      | ")}${" ".repeat(caret - 1)}${red("^".repeat(marked))}\n`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
