/** Where a person follows what goes on. */
export interface Progress {
  /** A line that stays. */
  say(line: string): void;
  /** What goes on now: on a terminal the last line, which the next one replaces; elsewhere nothing. */
  now(line: string): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Whether a terminal shows it, and how many columns that has. */
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
