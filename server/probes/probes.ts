import { setMaxListeners } from "node:events";
import { type Answer, type Answers, type Target, targetKey } from "../roll-call/answers.ts";
import { aborted } from "../sources/wake.ts";
import { askOnce, type Outcome } from "./question.ts";

/**
 * Asks replicas whether they answer. It is told after each roll call whom to ask, and reports how all of them answered whenever that has
 * changed. An answer is forgotten with its target.
 */
export interface Probes {
  /** Each call replaces the previous targets, and returns their answers. One that stays keeps its pace and its answer. */
  ask(targets: readonly Target[]): Answers;
  /** Reports until `signal` aborts; then resolves, with no handle left open. */
  run(report: (answers: Answers) => void, signal: AbortSignal): Promise<void>;
  /** How many targets are asked at the moment. */
  size(): number;
}

export interface ProbesOptions {
  /** Called after each question with its seconds. */
  readonly onProbe: (result: Outcome["is"], seconds: number) => void;
}

/** At most so many questions are open at once, and half as many to targets that were late the last time. */
const most = 64;
/** In milliseconds: the first gap between two questions; it doubles up to the question's interval. */
const firstGap = 100;
/** Changes within so many milliseconds are one report. */
const gather = 10;

interface Asked {
  readonly target: Target;
  answer: Answer;
  /** Good answers and failures in a row. */
  good: number;
  bad: number;
  gap: number;
  wasLate: boolean;
  timer: NodeJS.Timeout | undefined;
}

export function createProbes({ onProbe }: ProbesOptions): Probes {
  const all = new Map<string, Asked>();
  const due = { quick: new Set<Asked>(), late: new Set<Asked>() };
  const open = { all: 0, late: 0 };
  const stop = new AbortController();
  setMaxListeners(most, stop.signal);
  let report: ((answers: Answers) => void) | undefined;
  let reporting: NodeJS.Timeout | undefined;

  function changed() {
    reporting ??= setTimeout(() => {
      reporting = undefined;
      report?.(answers());
    }, gather);
  }

  const answers = () => new Map([...all].map(([key, { answer }]) => [key, answer]));

  function enqueue(one: Asked) {
    due[one.wasLate ? "late" : "quick"].add(one);
    next();
  }

  /** Targets that answer in time come first: those that never answer can't make them wait. */
  function next() {
    while (!stop.signal.aborted && open.all < most) {
      const [quick] = due.quick;
      const [late] = open.late < most / 2 ? due.late : [];
      const one = quick ?? late;
      if (!one) return;
      due[one.wasLate ? "late" : "quick"].delete(one);
      void question(one);
    }
  }

  async function question(one: Asked) {
    const isLate = one.wasLate;
    open.all++;
    if (isLate) open.late++;
    const began = performance.now();
    const outcome = await askOnce(one.target, stop.signal);
    open.all--;
    if (isLate) open.late--;
    if (stop.signal.aborted) return;
    onProbe(outcome.is, (performance.now() - began) / 1000);
    if (isAsked(one)) {
      take(one, outcome);
      one.timer = setTimeout(enqueue, one.gap * (0.9 + Math.random() / 5), one);
    }
    next();
  }

  const isAsked = (one: Asked) => all.get(targetKey(one.target)) === one;

  function take(one: Asked, outcome: Outcome) {
    const { rise, fall = Number.POSITIVE_INFINITY, interval } = one.target.question;
    one.wasLate = outcome.is === "late";
    one.good = outcome.is === "good" ? one.good + 1 : 0;
    if (outcome.is === "bad" || outcome.is === "late") one.bad++;
    if (outcome.is === "good") one.bad = 0;
    const state = one.good >= rise ? "ready" : one.bad >= fall ? "fallen" : stateBetween(one, outcome);
    // One that is ready is looked at now and then; one that rises or starts is asked soon.
    one.gap = state === "ready" ? interval : Math.min(interval, one.good > 0 ? firstGap : one.gap * 2);
    const detail = outcome.is === "good" ? "" : outcome.detail;
    if (state === one.answer.state && detail === one.answer.detail) return;
    one.answer = { state, detail };
    changed();
  }

  return {
    ask(targets) {
      const keys = new Map(targets.map((target) => [targetKey(target), target]));
      for (const [key, one] of all) {
        if (keys.has(key)) continue;
        clearTimeout(one.timer);
        all.delete(key);
        due.quick.delete(one);
        due.late.delete(one);
      }
      for (const [key, target] of keys) {
        if (all.has(key)) continue;
        const answer: Answer = { state: "asking", detail: "" };
        const one: Asked = { target, answer, good: 0, bad: 0, gap: firstGap / 2, wasLate: false, timer: undefined };
        all.set(key, one);
        enqueue(one);
      }
      return answers();
    },
    async run(onReport, signal) {
      report = onReport;
      await aborted(signal);
      stop.abort();
      clearTimeout(reporting);
      for (const { timer } of all.values()) clearTimeout(timer);
    },
    size: () => all.size,
  };
}

/** A ready target stays so until it has failed often enough; without a limit one failure is enough, because it is not a member yet. */
function stateBetween({ answer, target }: Asked, { is }: Outcome): Answer["state"] {
  if (is === "unasked") return answer.state;
  return answer.state === "ready" && target.question.fall !== undefined ? "ready" : "asking";
}
