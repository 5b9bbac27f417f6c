/** Shows progress. */
export interface Progress {
  /** Writes a line that stays. */
  say(line: string): void;
  /** Shows what is happening now: on a terminal the last line, which the next one replaces; elsewhere nothing. */
  now(line: string): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** The number of columns of the terminal; undefined without one. */
  readonly columns: number | undefined;
}

export function createProgress({ write, columns }: ProgressOptions): Progress {
  if (columns === undefined) return { say: (line) => write(`${line}\n`), now: () => {} };
  const clear = "\r\u001b[K";
  return {
    say: (line) => write(`${clear}${line}\n`),
    now: (line) => write(`${clear}${line.slice(0, columns - 1)}`),
  };
}
