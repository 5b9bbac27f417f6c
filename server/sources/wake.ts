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
