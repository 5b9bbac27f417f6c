import pc from "picocolors";

/** The demo's output: numbered headings, commands as a user types them, their output, and how long it took. */
export interface Say {
  heading(title: string): void;
  /** A sentence or two. */
  tell(...lines: readonly string[]): void;
  command(...lines: readonly string[]): void;
  output(...lines: readonly string[]): void;
  /** A measurement. */
  measured(line: string): void;
  plain(line: string): void;
}

const margin = "   ";

export function createSay(out: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Say {
  const colours = pc.createColors(out.isTTY === true && !environment.NO_COLOR);
  let step = 0;
  let last = "";
  function write(kind: string, lines: readonly string[]) {
    // A blank line separates commands from the text about them.
    const gap = kind !== last && kind !== "output" && !["", "heading"].includes(last) ? "\n" : "";
    last = kind;
    out.write(`${gap}${lines.map((line) => `${line}\n`).join("")}`);
  }
  return {
    heading(title) {
      step += 1;
      write("heading", [colours.bold(`${step}. ${title}`)]);
    },
    tell: (...lines) =>
      write(
        "tell",
        lines.map((line) => margin + line),
      ),
    command: (...lines) =>
      write(
        "command",
        lines.map((line) => `${margin}${colours.cyan(`$ ${line}`)}`),
      ),
    output: (...lines) =>
      write(
        "output",
        lines.map((line) => `${margin}${colours.dim(line)}`.trimEnd()),
      ),
    measured: (line) => write("measured", [`${margin}${colours.green(`-> ${line}`)}`]),
    plain: (line) => write("plain", [line]),
  };
}

/** A duration for people, from milliseconds: `85 ms`, `2.4 s`. */
export function time(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
