import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { type Lock, LockHeld, noLock, takeLock } from "../../files/lock.ts";
import { errorWords } from "../../files/system-error.ts";
import { writeWhole } from "../../files/write-whole.ts";
import { type Kept, keptReader, keptText, nothingKept } from "./format.ts";
import { readOwn, refuseForeign } from "./own-file.ts";

/** The state directory. Whoever can write it decides where traffic goes, so only this user may, and one server at a time. */
export interface StateDirectory {
  readonly path: string;
  /** What was kept by an earlier run. What can't be read of it is left out, logged, and kept in a copy. */
  readonly kept: Kept;
  /** Keeps the newest value soon, whole or not at all. Writes one at a time and never rejects; a failed write is tried again. */
  write(kept: Kept): void;
  /** Resolves once the newest value was written, with the reason if it could not be. */
  settled(): Promise<string | undefined>;
  /** Why the newest write failed. */
  problem(): string | undefined;
  /** Resolves when nothing is left to write and another server may use the directory. */
  close(): Promise<void>;
}

/** How soon a failed write is tried again, in milliseconds: at first, and at the most, because each failure doubles it. */
const retries = { first: 1000, last: 30_000 };

/** Opens or makes the directory. Throws if another user owns it or can write to it, if another server uses it, or if it can't be written. */
export async function openStateDirectory(path: string, traefik: string, log: Logger): Promise<StateDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error) => {
    throw new Error(`${path}: ${errorWords(error)} (state can name another directory)`);
  });
  const directory = await lstat(path);
  if (!directory.isDirectory()) throw new Error(`${path} is not a directory, or is a link: set state to a directory`);
  refuseForeign(path, directory);
  const lock = await lockFor(path, log);
  const file = join(path, "memory.json");
  const read = keptReader(traefik);
  let next: Kept | undefined;
  let written = "";
  let last = Promise.resolve();
  let problem: string | undefined;
  let unreadable: string | undefined;
  let failed: Kept | undefined;
  let again: NodeJS.Timeout | undefined;
  let delay = retries.first;

  async function readKept(): Promise<Kept> {
    const text = await readOwn(file);
    if (text === undefined) return nothingKept;
    const { kept = nothingKept, problem } = read(text);
    if (problem === undefined) written = text;
    else {
      const aside = `${file}.set-aside`;
      const copy = await writeWhole(aside, text).then(
        () => `a copy is in ${aside}`,
        (error) => `and it can't be copied to ${aside}: ${errorWords(error)}`,
      );
      log.error(`${file}: ${problem}; ${copy}`);
    }
    return kept;
  }

  /** What a server that starts again can read, and nothing else: a part that it can't read must not cost the others. */
  function readable(kept: Kept): string {
    const text = keptText(kept);
    if (text === written) return text;
    const { kept: known, problem } = read(text);
    if (problem === undefined) return text;
    if (!known) throw new Error(`what would be written can't be read again: ${problem}`);
    if (problem !== unreadable)
      log.error({ problem }, "a part of the memory could not be read again, so it is not written");
    unreadable = problem;
    return keptText(known);
  }

  async function writeNewest(): Promise<void> {
    const kept = next;
    next = undefined;
    if (!kept) return;
    clearTimeout(again);
    failed = undefined;
    try {
      const text = readable(kept);
      if (text !== written) await writeWhole(file, text);
      written = text;
      problem = undefined;
      delay = retries.first;
    } catch (error) {
      const words = `${file}: ${errorWords(error)}`;
      if (words !== problem) log.error({ problem: words }, "the memory is not written");
      problem = words;
      failed = kept;
      again = setTimeout(retry, delay).unref();
      delay = Math.min(2 * delay, retries.last);
    }
  }

  function retry() {
    if (failed) write(next ?? failed);
  }
  function write(kept: Kept) {
    if (!next) last = last.then(writeNewest);
    next = kept;
  }

  return {
    path,
    kept: await readKept().catch(async (error) => {
      lock.release();
      throw error;
    }),
    write,
    settled: () => last.then(() => problem),
    problem: () => problem,
    async close() {
      retry();
      await last;
      clearTimeout(again);
      lock.release();
    },
  };
}

/**
 * A server in a new container on the same volume has another host name: what runs on another host counts as ended. On a full disk it
 * starts without a lock: serving matters more.
 */
async function lockFor(path: string, log: Logger): Promise<Lock> {
  return await takeLock(path, "rollcall serve", { elsewhere: "ended" }).catch((error: Error) => {
    if (isFull(error.cause)) {
      log.error({ problem: error.message }, "no lock: another server on this state directory would not be noticed");
      return noLock;
    }
    if (!(error instanceof LockHeld)) throw error;
    throw new Error(`${error.message}: stop that one, or set state to another directory`);
  });
}

function isFull(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}
