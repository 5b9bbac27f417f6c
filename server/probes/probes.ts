import { type Answers, type Target, targetKey } from "../roll-call/answers.ts";
import { aborted } from "../sources/wake.ts";
import { after, atFirst, type Course } from "./course.ts";
import type { Ask, Outcome } from "./question.ts";

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
  readonly ask: Ask;
  /** Called after each question with its seconds. */
  readonly onProbe: (result: Outcome["is"], seconds: number) => void;
}

/**
 * How many questions are open at once. One that is open for `slowAfter` milliseconds makes room for another one. Those that were late
 * the last time leave `most.quick` places free, so that they make nobody wait.
 */
const most = { quick: 64, all: 256 } as const;
const slowAfter = 250;
/** How many places each question gives back to those that were lost because this machine lacked descriptors. */
const regained = 0.002;
/** So many are begun in a row; then polls have their turn. */
const atATime = 8;
/** Within so many milliseconds changes are one report; those of words alone can wait longer. */
const gather = { state: 10, words: 250 } as const;

interface Asked {
  readonly key: string;
  readonly target: Target;
  course: Course;
  /** Until it is asked again. */
  timer?: NodeJS.Timeout | undefined;
  /** Takes the open question back. */
  takeBack?: (() => void) | undefined;
}

export function createProbes({ ask, onProbe }: ProbesOptions): Probes {
  const all = new Map<string, Asked>();
  const due = { quick: new Set<Asked>(), late: new Set<Asked>() };
  const open = { quick: 0, all: 0 };
  /** Fewer than `most.all` while this machine lacks descriptors or ports, so that enough are left for polls and looks. */
  let places: number = most.all;
  let lacking = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let willBegin = false;
  let report: ((answers: Answers) => void) | undefined;
  let reporting: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;
  let restUntil = 0;

  const answers = () => new Map([...all].map(([key, { course }]) => [key, course.answer]));

  function changed(within: number) {
    const at = Math.max(performance.now() + within, restUntil);
    if (stopped || (reporting && reporting.at <= at)) return;
    clearTimeout(reporting?.timer);
    reporting = { at, timer: setTimeout(tell, at - performance.now()) };
  }
  function tell() {
    reporting = undefined;
    const began = performance.now();
    report?.(answers());
    // The roll calls that reports bring about take a fifth of the time at most.
    restUntil = performance.now() + (performance.now() - began) * 4;
  }

  function enqueue(one: Asked) {
    due[one.course.wasLate ? "late" : "quick"].add(one);
    next();
  }
  function next() {
    if (stopped || willBegin) return;
    willBegin = true;
    setImmediate(begin);
  }
  function begin() {
    willBegin = false;
    for (let begun = 0; open.quick < most.quick && open.all < places; begun++) {
      const [quick] = due.quick;
      const [late] = open.all < places - Math.min(most.quick, places / 2) ? due.late : [];
      const one = quick ?? late;
      if (!one) return;
      if (begun === atATime) return next();
      due[quick ? "quick" : "late"].delete(one);
      question(one);
    }
  }

  function question(one: Asked) {
    const began = performance.now();
    let isQuick = true;
    open.all++;
    open.quick++;
    const slow = setTimeout(() => leave(), slowAfter);
    const takeBack = ask(one.target, (outcome) => {
      end();
      onProbe(outcome.is, (performance.now() - began) / 1000);
      if (outcome.is === "unasked") makeRoom();
      else places = Math.min(most.all, places + regained);
      take(one, outcome);
      one.timer = setTimeout(enqueue, one.course.gap * (0.9 + Math.random() / 5), one);
    });
    one.takeBack = () => {
      takeBack();
      end();
    };
    function leave() {
      if (isQuick) open.quick--;
      isQuick = false;
      next();
    }
    function end() {
      clearTimeout(slow);
      open.all--;
      one.takeBack = undefined;
      leave();
    }
  }

  function makeRoom() {
    // Several that fail together are one lack.
    if (performance.now() - lacking < 1000) return;
    lacking = performance.now();
    places = Math.max(4, Math.floor(open.all / 2));
    for (const one of [...all.values()].filter(({ takeBack }) => takeBack).slice(places)) {
      one.takeBack?.();
      one.timer = setTimeout(enqueue, one.course.gap, one);
    }
  }

  function take(one: Asked, outcome: Outcome) {
    const { answer } = one.course;
    one.course = after(one.course, one.target.question, outcome);
    if (one.course.answer.state !== answer.state) changed(gather.state);
    else if (one.course.answer.detail !== answer.detail) changed(gather.words);
  }

  function forget(one: Asked) {
    clearTimeout(one.timer);
    one.takeBack?.();
    all.delete(one.key);
    due.quick.delete(one);
    due.late.delete(one);
  }

  return {
    ask(targets) {
      const now = new Map(targets.map((target) => [targetKey(target), target]));
      for (const one of all.values()) if (!now.has(one.key)) forget(one);
      for (const [key, target] of now) {
        if (all.has(key) || stopped) continue;
        const one: Asked = { key, target, course: atFirst };
        all.set(key, one);
        enqueue(one);
      }
      return answers();
    },
    async run(onReport, signal) {
      report = onReport;
      await aborted(signal);
      stopped = true;
      clearTimeout(reporting?.timer);
      for (const one of all.values()) forget(one);
    },
    size: () => all.size,
  };
}
