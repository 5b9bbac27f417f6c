import type { Logger } from "pino";
import { steadyNow } from "../../files/steady-now.ts";
import type { Publisher } from "../document/publisher.ts";
import { type Reached, reach } from "../marks/reached.ts";
import { createWakeUp } from "../sources/wake.ts";
import { writeOnce } from "./write-once.ts";
import { type Report, type Writer, type Written, writtenOf } from "./writer.ts";

/** What an output is at. Times are in milliseconds since 1970. */
export interface OutputState {
  readonly target: string;
  /** `written`: it has the newest document. `standby`: another server writes it. `behind`: it is being written, or none is there yet. */
  readonly state: "written" | "standby" | "behind" | "failing";
  /** The version that was written last; undefined before the first. */
  readonly version: string | undefined;
  /** The documents that were written, and when a Traefik has loaded each. */
  readonly loaded: Reached;
  /** Since when it has had that state. */
  readonly since: number;
  /** Why the last write failed, or who writes instead. */
  readonly problem: string | undefined;
  readonly warnings: readonly string[];
  /** When it was last written, or compared and found right; undefined before that. */
  readonly lastGood: number | undefined;
  /** How many writes have failed. */
  readonly failures: number;
}

export interface Output {
  readonly state: () => OutputState;
  /** Resolves after the signal aborted and the writer is closed. */
  readonly ended: Promise<void>;
}

export interface OutputOptions {
  readonly writer: Writer;
  readonly publisher: Pick<Publisher, "current" | "ordinal" | "onVersion">;
  /** How often what lies there is compared, in milliseconds. */
  readonly resync: number;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly signal: AbortSignal;
}

/** In milliseconds. */
const firstGap = 250;
const longestGap = 5000;
/** How long a Traefik takes at most to load what was written: `providersThrottleDuration` is 2 s by default, and Redis needs twice that. */
const loadTime = 5000;

interface Next extends Written {
  readonly ordinal: number;
}

/**
 * Keeps one output at the newest document that is not locked: writes each change, compares what lies there now and then and after a failure, and
 * tries again after growing gaps. A locked answer writes nothing: what lies there stays, as Traefik keeps its configuration.
 */
export function runOutput({ writer, publisher, resync, log, signal }: OutputOptions): Output {
  const { target } = writer;
  const wakeUp = createWakeUp();
  let newest = nextOf(publisher);
  let state: OutputState = {
    ...{ target, state: "behind", since: steadyNow() },
    ...{ version: undefined, loaded: [], problem: undefined, warnings: [], lastGood: undefined, failures: 0 },
  };
  const become = (next: Partial<OutputState> & Pick<OutputState, "state">) => {
    state = { ...state, problem: undefined, ...next, since: next.state === state.state ? state.since : steadyNow() };
  };
  const forget = publisher.onVersion(() => {
    const next = nextOf(publisher);
    if (!next) return;
    newest = next;
    if (next.version !== state.version && state.state === "written") become({ state: "behind" });
    wakeUp.ring();
  });

  /** Resolves with the time until the next write, unless a newer document comes before. */
  async function write(next: Next, compares: boolean, gap: number): Promise<number> {
    try {
      return took(next, await writeOnce(writer, next, { compares, signal }));
    } catch (error) {
      if (signal.aborted) return 0;
      const problem = (error as Error).message;
      if (problem !== state.problem) log.warn({ target, problem }, "an output can't be written: it is tried again");
      become({ state: "failing", problem, failures: state.failures + 1 });
      return gap;
    }
  }

  function took(next: Next, { warnings, repaired, standby, again = resync }: Report): number {
    for (const warning of warnings)
      if (!state.warnings.includes(warning))
        log.warn({ target, warning }, "an output is written, but not as it should be");
    if (repaired !== undefined) log.warn({ target, repaired }, "an output was put right");
    if (standby !== undefined) {
      if (state.state !== "standby") log.info({ target, standby }, "an output is written by another server");
      become({ state: "standby", problem: standby, warnings, loaded: [] });
      return Math.min(longestGap, again);
    }
    const { version, ordinal } = next;
    if (state.state === "failing" || state.state === "standby" || state.version === undefined)
      log.info({ target, version }, "an output is written");
    // Of what somebody else wrote in between nothing is known: a Traefik may have loaded an older document.
    const now = steadyNow();
    const loaded = reach(repaired === undefined ? state.loaded : [], { ordinal, at: now + loadTime });
    become({ state: newest === next ? "written" : "behind", version, loaded, warnings, lastGood: now });
    return Math.min(resync, again);
  }

  async function run() {
    let comparedAt = Number.NEGATIVE_INFINITY;
    for (let gap = firstGap; !signal.aborted; ) {
      const next = newest;
      if (!next) {
        await wakeUp.wait(resync, signal);
        continue;
      }
      const isUnsure = state.state === "failing" || state.state === "standby";
      const compares = isUnsure || performance.now() - comparedAt >= resync;
      const wait = await write(next, compares, gap);
      const failed = (state as OutputState).state === "failing";
      gap = failed ? Math.min(gap * 2, longestGap) : firstGap;
      if (compares && !failed) comparedAt = performance.now();
      if (newest === next || failed) await wakeUp.wait(wait, signal);
    }
    forget();
    await writer.close();
  }
  return { state: () => state, ended: run() };
}

function nextOf(publisher: OutputOptions["publisher"]): Next | undefined {
  const written = writtenOf(publisher.current());
  return written && { ...written, ordinal: publisher.ordinal() };
}
