import { existsSync, lstatSync, readdirSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lock, LockHeld, takeLock } from "../files/lock.ts";
import { privateDirectory } from "../files/private-directory.ts";
import { steadyNow } from "../files/steady-now.ts";

export interface LockOptions {
  /** The directory of the stacks. */
  readonly directory: string;
  readonly verb: string;
  /** How long to wait for another run, in milliseconds. @default 0, and the verb has no flag for it */
  readonly patience?: number;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Holds the lock of a directory of stacks during some work. Throws an Error that says which run holds it. */
export async function underLock<T>(options: LockOptions, work: (lock: Lock) => Promise<T>): Promise<T> {
  const { directory, say } = options;
  const isNew = !existsSync(directory);
  const names = lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(directory) : [];
  if (names.length > 0 && !names.some((name) => name === "manifest.json" || name.endsWith(".lock")))
    throw new Error(`${directory} holds other files: stacks are written to a directory of their own`);
  privateDirectory(directory);
  let lock: Lock | undefined;
  try {
    lock = await wait(options);
    for (const { processes, since } of lock.dead)
      say(
        `${processes[0]?.what} of ${since} was killed before it ended; this run continues from the state that it left`,
      );
    return await work(lock);
  } finally {
    lock?.release();
    if (isNew) await rmdir(directory).catch(() => {});
  }
}

async function wait({ directory, verb, patience, say, signal }: LockOptions): Promise<Lock> {
  const until = steadyNow() + (patience ?? 0);
  for (let waiting = false; ; waiting = true) {
    try {
      return await takeLock(directory, `rollcall ${verb}`);
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error;
      if (steadyNow() >= until)
        throw new Error(
          `${error.message}: wait until it ends${patience === undefined ? "" : ", or use --lock-timeout 5m"}`,
        );
      if (!waiting) say(`waiting: ${error.message}`);
      await sleep(200, undefined, signal && { signal });
    }
  }
}
