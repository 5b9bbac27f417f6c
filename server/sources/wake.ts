/** A wait that can be ended early. */
export interface WakeUp {
  /** Resolves after `ms`, or when it rings, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  ring(): void;
}

export function createWakeUp(): WakeUp {
  let ring = () => {};
  return {
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const timer = setTimeout(end, Math.min(ms, 2 ** 31 - 1));
        function end() {
          clearTimeout(timer);
          signal.removeEventListener("abort", end);
          ring = () => {};
          resolve();
        }
        signal.addEventListener("abort", end, { once: true });
        ring = end;
      }),
    ring: () => ring(),
  };
}

/** How long first reports are awaited, in milliseconds, before what the disk remembers is served. */
const firstReports = 2000;

/** Lets wait for the first reports of sources. */
export function createFirstReports(sources: readonly object[], signal: AbortSignal) {
  const waits = new Map(sources.map((source) => [source, createWakeUp()]));
  return {
    /** Resolves once each has reported, or after 2 s. */
    of: (...some: readonly object[]) =>
      Promise.all(some.map((source) => waits.get(source)?.wait(firstReports, signal))),
    heard: (source: object) => waits.get(source)?.ring(),
  };
}

/** Resolves once the signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
