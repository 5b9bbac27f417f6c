import { setTimeout as sleep } from "node:timers/promises";

/** How the demo ends: at its own end, by a signal, or because something failed. Everything is undone in each case. */
export interface Ending {
  /** Aborted when the demo ends early; every wait takes it. */
  readonly signal: AbortSignal;
  /** The signal that ended it, if one did. */
  readonly by: () => Stop | undefined;
  /** Ends the demo because of a failure. */
  fail(error: Error): void;
  /** Registers something to undo at the end, the last one first. Each gets 60 s. */
  after(what: string, undo: () => Promise<unknown>): void;
  /** Undoes everything; resolves with what could not be undone. */
  undo(): Promise<string[]>;
}

const stops = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Stop = (typeof stops)[number];

export function createEnding(): Ending {
  const abort = new AbortController();
  const undos: { what: string; undo: () => Promise<unknown> }[] = [];
  let by: Stop | undefined;

  function end(stop: Stop) {
    by ??= stop;
    abort.abort(new Error(`ended by ${stop}`));
  }
  // The handlers stay, so that a second Ctrl-C does not interrupt the clean-up.
  for (const stop of stops) process.on(stop, end);
  // npm may be killed by a signal that it can't pass on. Then the demo gets another parent.
  const { ppid } = process;
  const watch = () => process.ppid !== ppid && end("SIGHUP");
  if (process.env.npm_lifecycle_event !== undefined) setInterval(watch, 500).unref();
  const fail = (error: Error) => abort.abort(error);
  process.on("uncaughtException", fail);
  // The reader of the output may be gone: `npm run demo | head`.
  process.stdout.on("error", fail);

  async function attempt(what: string, undo: () => Promise<unknown>): Promise<string | undefined> {
    const patience = new AbortController();
    const late = sleep(60_000, `${what}: not undone within 60 s`, { signal: patience.signal }).catch(() => undefined);
    const done = undo().then(
      () => undefined,
      (error: Error) => `${what}: ${error.message}`,
    );
    return Promise.race([done, late]).finally(() => patience.abort());
  }

  return {
    signal: abort.signal,
    by: () => by,
    fail,
    after: (what, undo) => void undos.push({ what, undo }),
    async undo() {
      const problems: string[] = [];
      for (let next = undos.pop(); next !== undefined; next = undos.pop()) {
        const problem = await attempt(next.what, next.undo);
        if (problem !== undefined) problems.push(problem);
      }
      return problems;
    },
  };
}
