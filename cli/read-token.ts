import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { systemError } from "../files/system-error.ts";
import type { Context } from "./context.ts";

/** A join token from a file, else from the terminal, which doesn't show it, else from stdin. Throws an Error if there is none. */
export async function readToken({
  input,
  errors,
  file,
}: Pick<Context, "input" | "errors"> & { readonly file: string | undefined }) {
  const token = file === undefined ? await fromInput() : await readFile(file, "utf8").catch(failed);
  if (token.trim() === "") throw new Error("there is no token: name its file with --token-file, or write it to stdin");
  return token;

  function failed(error: unknown): never {
    throw new Error(systemError(error, file) ?? String(error));
  }
  async function fromInput(): Promise<string> {
    if (!input.isTTY) return await text(input);
    errors.write("the join token, which `config trust add` of lxc or incus printed: ");
    const lines = createInterface({ input, output: new PassThrough(), terminal: true });
    lines.on("SIGINT", () => process.emit("SIGINT"));
    try {
      const closed = new Promise<string>((none) => lines.once("close", () => none("")));
      return await Promise.race([lines.question(""), closed]);
    } finally {
      lines.close();
      errors.write("\n");
    }
  }
}
