import type { Logger } from "pino";
import type { ListingOptions } from "../../files/list-files.ts";
import { labelledLine } from "../../files/problem.ts";
import { type Reading, readDirectory, sameReading } from "../../files/read-directory.ts";
import { createSettling, looksUnfinished, pace, type Settled } from "./settling.ts";
import type { Source } from "./source.ts";
import { createWakeUp } from "./wake.ts";
import { createWatch } from "./watch.ts";

export interface DirectorySourceOptions<State> {
  readonly name: string;
  readonly directory: string;
  /** Which of its files are read. @default its own `*.yaml` and `*.yml` */
  readonly listing?: ListingOptions;
  /** The state until the first reading. */
  readonly first: State;
  /** What a reading comes to, given the previous state and a line for each file that does not settle. It changes nothing. */
  readonly judge: (reading: Reading, before: State, unsettled: readonly string[]) => Judgement<State>;
  /** Whether something of a state is missing in the next one. */
  readonly removes: (before: State, after: State) => boolean;
  /** The slowest pace of reading, in milliseconds. */
  readonly resync: number;
  readonly log: Logger;
}

export interface Judgement<State> {
  readonly state: State;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** What is probably a mistake, a line each. */
  readonly warnings?: readonly string[] | undefined;
  /** Counts for the log. */
  readonly counts: Readonly<Record<string, unknown>>;
}

export interface DirectorySource<State> extends Source<State> {
  /** Reads the directory now. Resolves with whether something changed, or when the source has ended. */
  readAgain(): Promise<boolean>;
}

/**
 * Reports what the directory means at the start and after each change of it. A change counts when the files have settled
 * (settling.ts).
 */
export function createDirectorySource<State>(options: DirectorySourceOptions<State>): DirectorySource<State> {
  const { name, directory, listing, judge, removes, log } = options;
  const wakeUp = createWakeUp();
  const watch = createWatch(lookAgain, log);
  let hinted = true;
  let asking: ((changed: boolean) => void)[] = [];

  function lookAgain() {
    hinted = true;
    wakeUp.ring();
  }

  interface Taken extends Settled {
    readonly judged: Judgement<State>;
  }
  /** The next reading that counts; undefined if nothing has changed, or on the way out. */
  async function take(last: Settled | undefined, state: State, signal: AbortSignal): Promise<Taken | undefined> {
    const settling = createSettling(await readDirectory(directory, listing), performance.now());
    for (let removal = 0; ; ) {
      watch.all(settling.reading().watched);
      hinted = false;
      await createWakeUp().wait(pace.change, signal);
      if (!hinted && removal > 0) await wakeUp.wait(removal, signal);
      settling.note(await readDirectory(directory, listing), performance.now());
      if (signal.aborted) return undefined;
      removal = 0;
      const soon = settling.settled(last?.reading, pace.change);
      if (!soon) continue;
      if (last && sameSettled(last, soon)) return undefined;
      const judged = judge(soon.reading, state, soon.unsettled);
      if (!removes(state, judged.state) && !looksUnfinished(soon.reading, last?.reading)) return { ...soon, judged };
      const late = settling.settled(last?.reading, pace.removal);
      if (late) return { ...late, judged: judge(late.reading, state, late.unsettled) };
      removal = pace.removal - pace.change;
    }
  }

  return {
    name,
    lookAgain,
    readAgain: () =>
      new Promise((resolve) => {
        asking.push(resolve);
        lookAgain();
      }),
    async run(report, signal) {
      let state = options.first;
      let last: Settled | undefined;
      while (!signal.aborted) {
        if (!hinted && asking.length === 0) await wakeUp.wait(options.resync, signal);
        const asked = asking;
        asking = [];
        const taken = await take(last, state, signal);
        if (taken) {
          const { judged } = taken;
          last = taken;
          state = judged.state;
          log.info(judged.counts, `${name} read`);
          for (const line of judged.problems) log.error({ directory }, line);
          for (const line of judged.warnings ?? []) log.warn({ directory }, line);
          for (const remark of taken.reading.remarks) log.warn({ directory }, labelledLine(remark, "warning"));
          report(state);
        }
        for (const tell of asked) tell(taken !== undefined);
      }
      for (const tell of asking) tell(false);
      watch.close();
    },
  };
}

function sameSettled(a: Settled, b: Settled): boolean {
  return a.unsettled.join() === b.unsettled.join() && sameReading(a.reading, b.reading);
}
