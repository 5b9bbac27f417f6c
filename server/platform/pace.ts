/** When to look again. Times are in milliseconds of a clock that only goes forward. */
export interface PaceFacts {
  /** The last look; undefined before the first. */
  readonly last: { readonly start: number; readonly end: number } | undefined;
  /** Whether an event came since the last look began. */
  readonly hinted: boolean;
  /** How many looks in a row were made for events, each soon after the previous one. */
  readonly busy: number;
  /** How many looks in a row have failed. */
  readonly failures: number;
  /** Since when a replica has lacked nothing but an address; undefined when none does. */
  readonly chase: { readonly since: number } | undefined;
  /** An instance is in a state that a second look has to confirm. */
  readonly doubtful: boolean;
  /** The slowest pace: 60 s, or 10 s while events are down. */
  readonly resync: number;
}

const gather = 100;
/** From the fifth look in a row on: a storm of restarts is a storm of versions, and Traefik restarts its health checks with each. */
const storm = { from: 4, gather: 200 } as const;
/** During a look that took this long, events have gathered; they get their own look soon after. */
const longLook = { from: 200, gather: 20 } as const;
/** At the start of a chase: 20 looks a second if they are quick, a third of the time if they are slow. */
const fast = { gap: 50, share: 2, for: 500 } as const;
/** After that a chase waits a fifth of the time that it has lasted, so that an address is seen that much late at most. */
const patience = 5;
const slowest = 5000;
const chaseEnds = 300_000;

/**
 * The time of the next look. The first event after a quiet time is followed by a look at once; further ones gather. LXD sends no event for
 * an address, so instances that lack only that are chased: fast for half a second, then at gaps that grow.
 */
export function nextLook({ last, hinted, busy, failures, chase, doubtful, resync }: PaceFacts): number {
  if (!last) return 0;
  const took = last.end - last.start;
  const dues = [last.start + resync];
  if (hinted) dues.push(last.end + (took > longLook.from ? longLook.gather : gather));
  if (failures > 0) dues.push(last.end + backoff(failures - 1));
  if (doubtful) dues.push(last.end + 1000);
  if (chase && last.end - chase.since < chaseEnds) dues.push(last.end + chaseGap(chase, last));
  const due = Math.min(...dues);
  return busy >= storm.from ? Math.max(due, last.end + storm.gather) : due;
}

function chaseGap(
  { since }: { readonly since: number },
  { start, end }: { readonly start: number; readonly end: number },
) {
  const lasted = end - since;
  const gap = lasted < fast.for ? fast.gap : Math.min(slowest, lasted / patience);
  return Math.max(gap, (end - start) * fast.share);
}

/** The wait before attempt `n + 2` of something that failed: 0.1 s doubling to 5 s. */
export function backoff(n: number): number {
  return Math.min(5000, 100 * 2 ** Math.min(n, 10));
}
