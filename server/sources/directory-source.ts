import { type FSWatcher, watch } from "node:fs";
import type { Logger } from "pino";
import type { ListingOptions } from "../../files/list-files.ts";
import { type Reading, readDirectory, sameReading } from "../../files/read-directory.ts";
import type { Source } from "./source.ts";
import { createWakeUp } from "./wake.ts";

export interface DirectorySourceOptions<State> {
  readonly name: string;
  readonly directory: string;
  /** Which of its files are read. @default its own `*.yaml` and `*.yml` */
  readonly listing?: ListingOptions;
  /** The state until the first reading. */
  readonly first: State;
  /** The state that a reading comes to, given the previous one. */
  readonly judge: (reading: Reading, before: State) => State;
  /** The slowest pace of reading, in milliseconds. */
  readonly resync: number;
  readonly log: Logger;
}

/** A changed directory counts when two readings this far apart agree, in milliseconds. */
const settling = 100;

/** Reports what the directory means at the start and after each change of it. */
export function createDirectorySource<State>(options: DirectorySourceOptions<State>): Source<State> {
  const { name, directory, listing, log } = options;
  const wakeUp = createWakeUp();
  const watchers = new Map<string, FSWatcher>();
  let hinted = true;

  function lookAgain() {
    hinted = true;
    wakeUp.ring();
  }

  /** File events are hints, and some file systems send none: the resync finds what they miss. */
  function watchAll(paths: readonly string[]) {
    for (const [path, watcher] of watchers) {
      if (paths.includes(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of paths) {
      if (watchers.has(path)) continue;
      try {
        const watcher = watch(path, lookAgain);
        watcher.on("error", () => forget(path));
        watchers.set(path, watcher);
      } catch (error) {
        log.debug({ path, problem: (error as Error).message }, "cannot watch");
      }
    }
  }
  function forget(path: string) {
    watchers.get(path)?.close();
    watchers.delete(path);
  }

  async function settledReading(signal: AbortSignal): Promise<Reading> {
    for (let reading = await readDirectory(directory, listing); ; ) {
      watchAll(reading.watched);
      await createWakeUp().wait(settling, signal);
      const again = await readDirectory(directory, listing);
      if (signal.aborted || sameReading(reading, again)) return again;
      reading = again;
    }
  }

  return {
    name,
    lookAgain,
    async run(report, signal) {
      let state = options.first;
      let last: Reading | undefined;
      while (!signal.aborted) {
        if (!hinted) await wakeUp.wait(options.resync, signal);
        hinted = false;
        const reading = await settledReading(signal);
        if (signal.aborted) break;
        if (last && sameReading(last, reading)) continue;
        last = reading;
        state = options.judge(reading, state);
        report(state);
      }
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
