import { type FSWatcher, watch } from "node:fs";
import type { Logger } from "pino";
import { problemLine } from "../shared/files/problem.ts";
import { type Reading, readDirectory, sameReading } from "../shared/files/read-directory.ts";
import { type DeclaredGroup, type GroupContext, parseGroups } from "../shared/parse-groups.ts";
import { createAlarm } from "./alarm.ts";
import type { Declared } from "./declared.ts";
import type { Source } from "./source.ts";

export interface GroupsSourceOptions {
  readonly directory: string;
  readonly context: GroupContext;
  /** The groups that were declared last, by whom nobody knows any more. They hold until a good reading. */
  readonly kept: readonly DeclaredGroup[];
  readonly resync: number;
  readonly log: Logger;
}

/** The group files as a source. */
export interface GroupsSource extends Source<Declared> {
  /** Has the directory read again now. */
  lookAgain(): void;
}

/** A directory that is being written counts when two readings this far apart agree. */
const settling = 100;

/**
 * Reports the directory at the start and after each change of it. A reading with a problem, or without any group, is refused:
 * what was declared before stays, and the report says why.
 */
export function createGroupsSource(options: GroupsSourceOptions): GroupsSource {
  const { directory, log } = options;
  const alarm = createAlarm();
  const watchers = new Map<string, FSWatcher>();
  let hinted = true;

  function lookAgain() {
    hinted = true;
    alarm.ring();
  }

  /** File events are hints, and whether there are any depends on the file system: the resync is what counts. */
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
    for (let reading = await readDirectory(directory); ; ) {
      watchAll(reading.watched);
      await createAlarm().wait(settling, signal);
      const again = await readDirectory(directory);
      if (signal.aborted || sameReading(reading, again)) return again;
      reading = again;
    }
  }

  function judge(reading: Reading, before: Declared): Declared {
    const loaded = parseGroups(reading, options.context);
    if (loaded.ok && loaded.groups.length > 0) return { directory, groups: loaded.groups, problem: undefined };
    const lines = loaded.ok ? [`${directory} declares no group`] : loaded.problems.map(problemLine);
    for (const line of lines) log.error({ directory }, line);
    const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
    const kept = before.groups.length > 0 ? "; what was declared before stays" : "";
    return { directory, groups: before.groups, problem: `${lines[0]}${more}${kept}` };
  }

  return {
    name: "groups",
    lookAgain,
    async run(report, signal) {
      let declared: Declared = { directory, groups: options.kept, problem: undefined };
      let last: Reading | undefined;
      while (!signal.aborted) {
        if (!hinted) await alarm.wait(options.resync, signal);
        hinted = false;
        const reading = await settledReading(signal);
        if (signal.aborted) break;
        if (last && sameReading(last, reading)) continue;
        last = reading;
        declared = judge(reading, declared);
        log.info({ groups: declared.groups.length, refused: declared.problem !== undefined }, "groups read");
        report(declared);
      }
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
