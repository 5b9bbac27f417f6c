import type { Answer, Question } from "../roll-call/answers.ts";
import type { Outcome } from "./question.ts";

/** How a target has answered so far, and how soon it is asked again. */
export interface Course {
  readonly answer: Answer;
  /** Good answers and failures in a row. */
  readonly good: number;
  readonly bad: number;
  /** Until the next question, in milliseconds. */
  readonly gap: number;
  /** Whether the last question had no answer in time. */
  readonly wasLate: boolean;
}

/** In milliseconds: the first gap between two questions; it doubles up to the question's interval. */
const firstGap = 100;

export const atFirst: Course = {
  answer: { state: "asking", detail: "" },
  good: 0,
  bad: 0,
  gap: firstGap / 2,
  wasLate: false,
};

/** The course after one more question. */
export function after(before: Course, question: Question, outcome: Outcome): Course {
  const { rise, fall = Number.POSITIVE_INFINITY, interval } = question;
  const isGood = outcome.is === "good";
  const { good, bad } =
    outcome.is === "unasked" ? before : isGood ? { good: before.good + 1, bad: 0 } : { good: 0, bad: before.bad + 1 };
  const state = good >= rise ? "ready" : bad >= fall ? "fallen" : stateBetween(before, question);
  // One that is ready is looked at now and then; one that rises or starts is asked soon.
  const gap = state === "ready" ? interval : Math.min(interval, good > 0 ? firstGap : before.gap * 2);
  const detail = outcome.is === "good" ? "" : outcome.detail;
  return { answer: { state, detail }, good, bad, gap, wasLate: outcome.is === "late" };
}

/**
 * A ready target stays so until it has failed often enough, and a fallen one is fallen until it is ready again. Without a limit one failure
 * is enough, because it is not a member yet.
 */
function stateBetween({ answer: { state } }: Course, { fall }: Question): Answer["state"] {
  return fall === undefined ? "asking" : state;
}
