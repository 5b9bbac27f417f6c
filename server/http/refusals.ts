import type { Logger } from "pino";

export interface RefusalsOptions {
  readonly log: Pick<Logger, "warn">;
  /** How long after a line the next one of the same words comes at the earliest, in milliseconds. */
  readonly pace: number;
}

/** Logs refused requests: one line at once, then one for all of the same words within `pace`. The words are rollcall's own, so there are few. */
export function createRefusals({ log, pace }: RefusalsOptions) {
  const quiet = new Map<string, { until: number; more: number }>();
  return (words: string, details: Readonly<Record<string, unknown>>): void => {
    const before = quiet.get(words);
    if (before && performance.now() < before.until) return void before.more++;
    quiet.set(words, { until: performance.now() + pace, more: 0 });
    log.warn({ ...details, ...(before && before.more > 0 && { more: before.more }) }, words);
  };
}
