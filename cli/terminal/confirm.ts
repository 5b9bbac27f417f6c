import { createInterface } from "node:readline/promises";

export interface ConfirmOptions {
  readonly yes: boolean;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** There is no terminal to ask on, and no `--yes`. */
export class NoTerminal extends Error {
  override readonly name = "NoTerminal";
}

/** Asks on the terminal; without one, `--yes` is required. A terminal that ends before it answers says no. Throws NoTerminal. */
export async function confirm({ yes, input, output, signal }: ConfirmOptions): Promise<boolean> {
  if (yes) return true;
  if (!input.isTTY) throw new NoTerminal("no terminal to ask on: add --yes");
  const lines = createInterface({ input, output });
  lines.on("SIGINT", () => process.emit("SIGINT"));
  try {
    const closed = new Promise<string>((no) => lines.once("close", () => no("no")));
    const answer = await Promise.race([lines.question("Apply this? yes or no: ", { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
