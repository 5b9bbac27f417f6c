import { instanceKey } from "../roll-call/call-replicas.ts";
import { markKey } from "../roll-call/marks.ts";
import { isBare, listingOf, type Observed } from "../roll-call/observed.ts";
import { type Plan, placeOf, servedInstances } from "../roll-call/plan.ts";
import type { Told } from "../roll-call/roll-call.ts";
import { aborted } from "../sources/wake.ts";

/** Why each instance that came and went too often has to wait, by `instanceKey`. */
type HeldBack = Told["heldBack"];

/**
 * Watches how often instances leave the load balancer or change their address. One that does so several times within a minute joins
 * late: after the second time 2 s, and twice as long each further time, up to a minute. Five quiet minutes end that.
 */
export interface Flapping {
  /** Tells what is served where; each call replaces the previous one. Returns who is held back, with why, by `instanceKey`. */
  note(plan: Plan, listings: Observed): HeldBack;
  /** Reports the same when someone is held back no longer, until `signal` aborts; then resolves, with no handle left open. */
  run(report: (heldBack: HeldBack) => void, signal: AbortSignal): Promise<void>;
}

const window = 60_000;
const shortest = 2000;
const longest = 60_000;
const quiet = 300_000;
/** More instances than these are not watched. */
const most = 10_000;

interface Watched {
  /** When it left lately, in milliseconds. */
  left: number[];
  /** How long it was held back the last time. */
  delay: number;
  until: number;
}

/** `now` counts milliseconds. */
export function createFlapping(now: () => number = () => performance.now()): Flapping {
  const watched = new Map<string, Watched>();
  let served: Served = new Map();
  let report = (_: HeldBack) => {};
  let release: NodeJS.Timeout | undefined;
  let stopped = false;

  function forget() {
    for (const [key, { left, until }] of watched)
      if (now() - Math.max(until, left.at(-1) ?? 0) > quiet) watched.delete(key);
  }

  function leave(key: string) {
    const at = now();
    forget();
    if (!watched.has(key) && watched.size >= most) return;
    const one = watched.get(key) ?? { left: [], delay: 0, until: 0 };
    watched.set(key, one);
    one.left = [...one.left.filter((time) => at - time < window), at].slice(-10);
    if (one.left.length < 2) return;
    one.delay = Math.min(longest, one.delay === 0 ? shortest : one.delay * 2);
    one.until = at + one.delay;
  }

  /** Who is held back now; tells again when the first of them no longer is. */
  function heldBack(): HeldBack {
    const at = now();
    const held = [...watched].filter(([, { until }]) => until > at);
    clearTimeout(release);
    if (held.length > 0 && !stopped) {
      const first = Math.min(...held.map(([, { until }]) => until));
      release = setTimeout(() => report(heldBack()), first - at + 1);
    }
    return new Map(held.map(([key, one]) => [key, wordsFor(one)]));
  }

  return {
    note(plan, listings) {
      const next = servedAt(plan, listings, served);
      const meant = leavingIn(plan);
      for (const [name, { key, address }] of served)
        if (next.get(name)?.address !== address && !meant.has(name)) leave(key);
      served = next;
      return heldBack();
    },
    async run(onReport, signal) {
      report = onReport;
      await aborted(signal);
      stopped = true;
      clearTimeout(release);
    },
  };
}

type Served = ReadonlyMap<string, { readonly key: string; readonly address: string }>;

/** By `markKey`. While only the name of an instance is known, it is taken for the one that it was. */
function servedAt(plan: Plan, listings: Observed, before: Served): Served {
  return new Map(
    servedInstances(plan).map(({ name: instance, address, source, project }) => {
      const found = listingOf({ source, project }, listings)?.instances?.get(instance);
      const name = markKey({ source, project, instance });
      const known = !found || isBare(found) ? before.get(name)?.key : undefined;
      return [name, { key: known ?? instanceKey({ source, project, instance }, found), address }];
    }),
  );
}

/** Those that someone has drained or ends, by `markKey`: that is no flapping. */
function leavingIn({ groups }: Plan): ReadonlySet<string> {
  return new Set(
    groups.flatMap(({ group, replicas }) =>
      replicas
        .filter(({ state }) => state === "leaving")
        .map((row) => markKey({ ...placeOf(group, row), instance: row.replica })),
    ),
  );
}

function wordsFor({ left, delay }: Watched): string {
  return `left or changed its address ${left.length} times within a minute: it joins ${delay / 1000} s after the last time`;
}
