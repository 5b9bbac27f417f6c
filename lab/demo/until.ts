import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  readonly signal: AbortSignal;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly gap?: number;
}

/** Resolves with the first answer that is not undefined; rejects after the timeout, with the name of what was awaited. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { signal, timeout = 15_000, gap = 20 }: Patience,
): Promise<T> {
  const end = performance.now() + timeout;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${timeout / 1000} s: ${what}`);
    await sleep(gap, undefined, { signal });
  }
}

/** Stops waiting when the signal aborts, though the work goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason as Error);
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}
