import { z } from "zod";

/** How a poll is held: by the poller's interval, for a given time, or not at all. */
export type Hold = "auto" | "off" | { readonly ms: number };

/** A hold of `?hold=` or of the configuration: `auto`, `off`, `900ms`, `4.5s`. At most 60 s. */
export const holdSchema = z
  .string()
  .regex(/^(auto|off|\d+(\.\d+)?(ms|s))$/, { error: 'a hold is "auto", "off" or a time such as "900ms"' })
  .transform((text): Hold => {
    if (text === "auto" || text === "off") return text;
    const ms = Number.parseFloat(text) * (text.endsWith("ms") ? 1 : 1000);
    return { ms: Math.min(ms, 60_000) };
  });

/** The facts about a poll that decide. Times are in milliseconds. */
export interface PollFacts {
  /** The hold of its query, else that of the configuration. */
  readonly hold: Hold;
  /** Whether its own query asks for the hold. */
  readonly asked: boolean;
  /** A proxy forwarded it: the connection is not the poller's own. */
  readonly proxied: boolean;
  /** The last start-to-start gaps on the connection, five at most. */
  readonly gaps: readonly number[];
  /** The longest hold that the client accepts; infinite until it cuts a hold. */
  readonly cap: number;
  /** Whether this connection was given the current version. */
  readonly current: boolean;
  /** The answer would be 423. */
  readonly locked: boolean;
}

const longestAuto = 4500;
/** Traefik 3.7.15 was stopped during such a hold at an interval of 200 ms, and did not panic in 11 of 11 tries. */
const leastLocked = 2000;

/**
 * How long a poll may wait for a new version before it is answered with the current one. A hold has to be shorter than the poller's own
 * interval: Traefik panics if it is stopped during a longer one. The first poll of a connection may come from a
 * Traefik that has nothing yet, so it is answered at once; but one that would get 423 gains nothing from that: with each error
 * Traefik waits longer before it polls again. So that one is held for 2 s, or longer where other polls are.
 */
export function holdTime({ hold, asked, proxied, gaps, cap, current, locked }: PollFacts): number {
  if (hold === "off" || (proxied && !asked)) return 0;
  const interval = Math.min(...gaps);
  const most = hold === "auto" ? Math.min(longestAuto, 0.9 * interval) : hold.ms;
  const isFirst = gaps.length === 0;
  if (locked) return Math.min(cap, hold === "auto" && isFirst ? leastLocked : Math.max(leastLocked, most));
  return isFirst || !current ? 0 : Math.min(most, cap);
}
