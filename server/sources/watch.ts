import { type FSWatcher, watch } from "node:fs";
import type { Logger } from "pino";

/** Watches directories. File events are hints, and some file systems send none. */
export interface Watch {
  /** Watches these paths and no others. */
  all(paths: readonly string[]): void;
  close(): void;
}

export function createWatch(onChange: () => void, log: Logger): Watch {
  const watchers = new Map<string, FSWatcher>();
  function forget(path: string) {
    watchers.get(path)?.close();
    watchers.delete(path);
  }
  return {
    all(paths) {
      const wanted = new Set(paths);
      for (const path of watchers.keys()) if (!wanted.has(path)) forget(path);
      for (const path of wanted) {
        if (watchers.has(path)) continue;
        try {
          const watcher = watch(path, onChange);
          watcher.on("error", () => forget(path));
          watchers.set(path, watcher);
        } catch (error) {
          log.debug({ path, problem: (error as Error).message }, "cannot watch");
        }
      }
    },
    close() {
      for (const path of watchers.keys()) forget(path);
    },
  };
}
