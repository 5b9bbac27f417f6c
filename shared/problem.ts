/** Something wrong in a file, and where. Lines and columns start at 1. */
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
  /** The line of the file. It is quoted on a terminal by `check` only: it may hold a secret. */
  readonly source?: string;
}

/** `file:line:col: error: path: message`, without the quoted line: fit for a log. */
export function problemLine(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  return `${place}: error: ${problem.path ? `${problem.path}: ` : ""}${problem.message}`;
}
