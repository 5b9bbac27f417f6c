/** A look, in milliseconds of a clock that only goes forward. */
export interface Look {
  readonly start: number;
  readonly end: number;
}

/** What decides when to look again. */
export interface PaceFacts {
  /** The last look; undefined before the first. */
  readonly last: Look | undefined;
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
  /** An instance is leaving, or looks agree that it is lost: its end may come without an event. */
  readonly awaited: boolean;
  /** The last look that read everything. */
  readonly whole: Look | undefined;
  /** The time between those, in milliseconds, or `auto`. */
  readonly resync: number | "auto";
  /** Whether events come. */
  readonly hears: boolean;
  /** Whether the last look could not read all it wanted. */
  readonly failed: boolean;
}

/** The time between looks while events are down, or what an event may not tell is awaited. */
const soon = 10_000;
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
 * When everything is to be read again. `auto` waits for a hundred times what that took, since a change waits for a look that goes on: at
 * least a minute, and no longer where something could not be read; at most ten, after which an address that changed by itself is seen.
 */
export function wholeDue({ whole, resync, hears, failed }: Pick<PaceFacts, "whole" | "resync" | "hears" | "failed">) {
  if (!whole) return 0;
  const rarely = failed ? 0 : 100 * (whole.end - whole.start);
  const gap = resync === "auto" ? Math.min(Math.max(60_000, rarely), 600_000) : resync;
  return whole.start + (hears ? gap : Math.min(gap, soon));
}

/**
 * The time of the next look. The first event after a quiet time is followed by a look at once; further ones gather. LXD sends no event for
 * an address, so instances that lack only that are chased: fast for half a second, then at gaps that grow.
 */
export function nextLook(facts: PaceFacts): number {
  const { last, hinted, busy, failures, chase, doubtful, awaited } = facts;
  if (!last) return 0;
  const took = last.end - last.start;
  const dues = [wholeDue(facts)];
  if (awaited) dues.push(last.start + soon);
  if (hinted) dues.push(last.end + (took > longLook.from ? longLook.gather : gather));
  if (failures > 0) dues.push(last.end + backoff(failures - 1));
  if (doubtful) dues.push(last.end + 1000);
  if (chase && isChasing(chase, last.end)) dues.push(last.end + chaseGap(chase, last));
  const due = Math.min(...dues);
  return busy >= storm.from ? Math.max(due, last.end + storm.gather) : due;
}

/** The instances that are looked for often, and since when. */
export interface Chase {
  /** Whether there is a new name. That starts the chase again, so that one that never gets an address slows no other. */
  set(names: readonly string[], now: number): boolean;
  /** Looks for these beside the others: an end of theirs has failed, and may come after all without an event. */
  also(names: readonly string[], now: number): void;
  begun(): { readonly since: number } | undefined;
  /** None after five minutes. */
  names(now: number): ReadonlySet<string>;
}

interface Chased {
  readonly names: ReadonlySet<string>;
  readonly since: number;
}

export function createChase(): Chase {
  let chase: Chased | undefined;
  let late: Chased | undefined;
  const all = () => [chase, late].filter((one) => one !== undefined);
  return {
    set(names, now) {
      const isNew = names.some((one) => !chase?.names.has(one));
      const since = isNew ? now : chase?.since;
      chase = names.length > 0 && since !== undefined ? { names: new Set(names), since } : undefined;
      return isNew;
    },
    also(names, now) {
      const others = late && isChasing(late, now) ? late.names : [];
      if (names.length > 0) late = { names: new Set([...others, ...names]), since: now };
    },
    begun: () => all().sort((one, other) => other.since - one.since)[0],
    names: (now) => new Set(all().flatMap((one) => (isChasing(one, now) ? [...one.names] : []))),
  };
}

function isChasing({ since }: { readonly since: number }, now: number): boolean {
  return now - since < chaseEnds;
}

function chaseGap({ since }: { readonly since: number }, { start, end }: Look) {
  const lasted = end - since;
  const gap = lasted < fast.for ? fast.gap : Math.min(slowest, lasted / patience);
  return Math.max(gap, (end - start) * fast.share);
}

/** The wait before attempt `n + 2` of something that failed: 0.1 s doubling to 5 s. */
export function backoff(n: number): number {
  return Math.min(5000, 100 * 2 ** Math.min(n, 10));
}
