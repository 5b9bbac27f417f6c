import type { Logger } from "pino";
import { steadyNow } from "../../files/steady-now.ts";
import { isBare, type Observed } from "../roll-call/observed.ts";
import { aborted } from "../sources/wake.ts";
import { type Drain, type Drains, mostMarks, type Published, type Release } from "./drain.ts";

/** The owner of the marks. Each change of them is reported whole. */
export interface Marks {
  current(): Drains;
  /** Reports the marks each time they have changed, until the signal aborts. Their deadlines are kept meanwhile. */
  run(report: (marks: Drains) => void, signal: AbortSignal): Promise<void>;
  /** Adds marks, each in the place of another one with its key. Throws if there would be too many; then none is added. */
  set(drains: Drains): void;
  takeBack(keys: Iterable<string>): void;
  /** Ends the marks of instances that are gone, or are others by now, as far as listings are good, and notes which ones are published. */
  see(observed: Observed): void;
  /** Notes from now on at each version which marked instances it is without. */
  follow(publisher: Published<Listed>): void;
  /** Undefined while the instance is in the newest document. */
  releaseOf(key: string): Release | undefined;
}

export interface MarksOptions {
  /** Those of an earlier run. */
  readonly kept: Drains;
  readonly log: Pick<Logger, "info">;
  readonly now?: () => number;
}

/** The instances of a document, by `markKey`. */
interface Listed {
  readonly instances: ReadonlySet<string>;
}

/** Longer timers would end at once. */
const longest = 2 ** 31 - 1;

export function createMarks({ kept, log, now = steadyNow }: MarksOptions): Marks {
  let marks: Drains = new Map([...kept].filter(([, { until }]) => until > now()));
  let releases = new Map<string, Release>();
  let report = (_: Drains) => {};
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let publisher: Published<Listed> | undefined;

  function become(next: Drains) {
    const changed = next.size !== marks.size || [...next].some(([key, mark]) => marks.get(key) !== mark);
    marks = next;
    releases = new Map([...releases].filter(([key]) => next.has(key)));
    wait();
    if (changed) report(marks);
  }

  function endThose(whyOf: (mark: Drain) => string | undefined) {
    const ending = [...marks].flatMap(([key, mark]) => {
      const why = whyOf(mark);
      return why === undefined ? [] : [{ key, why }];
    });
    for (const { key, why } of ending) log.info(`the drain of ${key} has ended: ${why}`);
    const keys = new Set(ending.map(({ key }) => key));
    become(new Map([...marks].filter(([key]) => !keys.has(key))));
  }

  /** A locked answer takes nothing out of a Traefik. */
  function note() {
    const document = publisher?.current();
    if (!publisher || document?.status !== 200) return;
    for (const key of marks.keys())
      if (document.instances.has(key)) releases.delete(key);
      else if (!releases.has(key)) releases.set(key, { ordinal: publisher.ordinal(), at: publisher.since() });
  }

  /** One timer, for the earliest deadline. */
  function wait() {
    clearTimeout(timer);
    if (!running || marks.size === 0) return;
    const first = Math.min(...[...marks.values()].map(({ until }) => until));
    const late = () => endThose(({ until }) => (until <= now() ? "its time is over" : undefined));
    timer = setTimeout(late, Math.min(longest, Math.max(1, first - now())));
  }

  return {
    current: () => marks,
    async run(heard, signal) {
      report = heard;
      running = true;
      wait();
      await aborted(signal);
      running = false;
      clearTimeout(timer);
    },
    set(drains) {
      const next = new Map([...marks, ...drains]);
      if (next.size > mostMarks) throw new RangeError(`more than ${mostMarks} instances would be drained`);
      become(next);
    },
    takeBack(keys) {
      const next = new Map(marks);
      for (const key of keys) next.delete(key);
      become(next);
    },
    see(observed) {
      note();
      endThose((mark) => whyEnded(mark, observed));
    },
    follow(one) {
      publisher = one;
      one.onVersion(note);
    },
    releaseOf: (key) => releases.get(key),
  };
}

function whyEnded(mark: Drain, observed: Observed): string | undefined {
  // A project that is not listed may be one that can't be seen just now.
  const listing = observed.get(mark.source)?.get(mark.project);
  if (!listing?.instances || listing.problem !== undefined) return undefined;
  const instance = listing.instances.get(mark.instance);
  if (!instance) return "the instance is gone";
  return isBare(instance) || (instance.uuid ?? "") === mark.uuid ? undefined : "another instance has its name by now";
}
