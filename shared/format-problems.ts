import { type Problem, problemLine } from "./problem.ts";

/** Wraps text for a terminal. */
export interface Paint {
  readonly red: (text: string) => string;
  readonly dim: (text: string) => string;
}

const widest = 120;

/** Every problem with the line it stands in and a caret below, and a closing count. For a terminal: the line may hold a secret. */
export function formatProblems(problems: readonly Problem[], paint: Paint): string {
  const files = new Set(problems.map(({ file }) => file)).size;
  const count = `FAILED: ${plural(problems.length, "error")} in ${plural(files, "file")}`;
  return `${problems.map((problem) => format(problem, paint)).join("")}${paint.red(count)}\n`;
}

function format(problem: Problem, { red, dim }: Paint): string {
  const { line, column = 1, source, width = 1 } = problem;
  const head = `${problemLine(problem)}\n`;
  if (line === undefined || source === undefined) return head;
  // A long line is cut around the place that is meant.
  const from = column + width > widest ? Math.max(0, column - 20) : 0;
  const quoted = plain(source.slice(from, from + widest));
  const caret = "^".repeat(Math.max(1, Math.min(width, widest - (column - 1 - from))));
  const number = String(line).padStart(5);
  return `${head}${dim(`${number} | ${quoted}`)}\n${dim("      | ")}${" ".repeat(column - 1 - from)}${red(caret)}\n`;
}

/** A file is somebody's: its control characters shall not reach the terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (c) => (c === "\t" ? " " : "\ufffd"));
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
