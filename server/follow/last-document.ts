import { join } from "node:path";
import type { Logger } from "pino";
import { errorWords } from "../../files/system-error.ts";
import { writeWhole } from "../../files/write-whole.ts";
import type { Snapshot } from "../document/snapshot.ts";
import { readOwn } from "../state/own-file.ts";
import { received } from "./received.ts";

/** The document that was served last, in the state directory. */
export interface LastDocument {
  /** What an earlier run kept; undefined if there is none, or if it is not whole. */
  readonly kept: Snapshot | undefined;
  /** Keeps the newest one soon, whole or not at all; a failed write is tried again with the next. */
  write(snapshot: Snapshot): void;
  problem(): string | undefined;
  settled(): Promise<void>;
}

/** Opens `document.json` in a directory: the version in the first line, then the bytes. */
export async function openLastDocument(
  directory: string,
  traefik: string,
  log: Pick<Logger, "error">,
): Promise<LastDocument> {
  const file = join(directory, "document.json");
  let problem: string | undefined;
  let next: Snapshot | undefined;
  let last = Promise.resolve();

  async function read(): Promise<Snapshot | undefined> {
    const text = await readOwn(file);
    if (text === undefined) return undefined;
    const end = text.indexOf("\n");
    try {
      return received({ body: Buffer.from(text.slice(end + 1)), version: text.slice(0, end) }, traefik);
    } catch (error) {
      log.error(`${file}: ${errorWords(error)}: it is not served`);
      return undefined;
    }
  }

  async function writeNewest() {
    const snapshot = next;
    next = undefined;
    if (!snapshot) return;
    try {
      await writeWhole(file, `${snapshot.version}\n${snapshot.body}`);
      problem = undefined;
    } catch (error) {
      const words = `${file}: ${errorWords(error)}`;
      if (words !== problem) log.error({ problem: words }, "the document is not kept on disk");
      problem = words;
    }
  }

  return {
    kept: await read(),
    write(snapshot) {
      if (!next) last = last.then(writeNewest);
      next = snapshot;
    },
    problem: () => problem,
    settled: () => last,
  };
}
