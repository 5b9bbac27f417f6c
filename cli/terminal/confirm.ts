import { createInterface } from "node:readline/promises";

export interface ConfirmOptions {
  readonly yes: boolean;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** There is no terminal, and no `--yes`. */
export class NobodyToAsk extends Error {
  override readonly name = "NobodyToAsk";
}

/** Asks a person; without one, `--yes` has to have answered beforehand. Throws NobodyToAsk. */
export async function confirm({ yes, input, output, signal }: ConfirmOptions): Promise<boolean> {
  if (yes) return true;
  if (!input.isTTY) throw new NobodyToAsk("nobody can be asked here: --yes says yes beforehand");
  const lines = createInterface({ input, output });
  lines.on("SIGINT", () => process.emit("SIGINT"));
  try {
    const answer = await lines.question("Apply this? yes or no: ", { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
