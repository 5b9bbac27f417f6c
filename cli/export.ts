import { resolve } from "node:path";
import type { Config } from "../server/config.ts";
import { type OutputKind, outputsSchema } from "../server/outputs/settings.ts";
import { writeOnce } from "../server/outputs/write-once.ts";
import type { Writer, Written } from "../server/outputs/writer.ts";
import { writerOf } from "../server/outputs.ts";
import { objectsOf } from "../traefik/objects/document.ts";
import { askDocument, askStatus } from "./ask-server.ts";

/** How an output was written by hand. */
export interface Exported {
  readonly target: string;
  /** What was written, as words; undefined if nothing was. */
  readonly written: string | undefined;
  /** Why nothing was written, or what is not as it should be, such as objects that are left out: a sentence each. */
  readonly problems: readonly string[];
}

export interface ExportOptions {
  readonly config: Config;
  readonly kind: OutputKind;
  /** Written instead of the outputs. */
  readonly file: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Writes the document of the running server once to each output of a kind, or to `file` instead of those. An output that a running server
 * writes is left to that. Throws if the document can't be had or is locked, or if there is no such output. An abort gives back the turn to write.
 */
export async function* exportDocument({ config, kind, file, signal }: ExportOptions): AsyncGenerator<Exported> {
  const outputs = file === undefined ? config.outputs.filter((one) => kind in one) : fileOutput(file);
  if (outputs.length === 0) throw new Error(`outputs of the configuration names no ${kind}`);
  const [document, { outputs: running }] = await Promise.all([askDocument(config), askStatus(config)]);
  const objects = objectsOf(document.document).size;
  const written = `written, version ${document.version.slice(0, 12)}, ${objects} ${objects === 1 ? "object" : "objects"}`;
  for (const output of outputs) {
    signal.throwIfAborted();
    const writer = writerOf(output, config.state);
    const { target } = writer;
    try {
      const own = running.find((row) => row.target === target);
      if (own) throw new Error(`the running server writes it itself: ${own.problem ?? own.state}`);
      yield { target, written, problems: await write(writer, document, signal) };
    } catch (error) {
      signal.throwIfAborted();
      yield { target, written: undefined, problems: [`not written: ${(error as Error).message}`] };
    } finally {
      await writer.close();
    }
  }
}

/** Resolves with the warnings. Throws if nothing was written. */
async function write(writer: Writer, document: Written, signal: AbortSignal): Promise<readonly string[]> {
  const { warnings, standby } = await writeOnce(writer, document, { compares: false, signal });
  if (standby !== undefined) throw new Error(standby);
  return warnings;
}

function fileOutput(file: string): Config["outputs"] {
  const { data, error } = outputsSchema.safeParse([{ file: resolve(file) }]);
  if (data === undefined) throw new Error(`${file}: ${error.issues[0]?.message}`);
  return data;
}
