import { type Answer, type Answers, type Target, targetKey } from "../../server/roll-call/answers.ts";
import type { Truth } from "./truth.ts";

/** Asks targets, each answer being on its way until it is heard. */
export interface Probes {
  /** Whom to ask from now on. What others have answered is forgotten. */
  target(targets: readonly Target[]): void;
  /** Asks a target. */
  ask(which: number): void;
  /** Whether an answer on its way was heard, by whom it was given, and to what. */
  hear(which: number): { readonly target: Target; readonly by: string | undefined } | undefined;
  answers(): Answers;
}

interface Asked {
  readonly target: Target;
  good: number;
  bad: number;
  state: Answer["state"];
  /** The uuid of what answered, empty for a failure; undefined if nothing is on its way. */
  underway: string | undefined;
}

export function createProbes(truth: Truth): Probes {
  let asked = new Map<string, Asked>();
  const pick = (from: readonly Asked[], which: number) => from[which % from.length];
  return {
    target(targets) {
      asked = new Map(
        targets.map((target) => {
          const key = targetKey(target);
          return [key, asked.get(key) ?? { target, good: 0, bad: 0, state: "asking", underway: undefined }] as const;
        }),
      );
    },
    ask(which) {
      const one = pick([...asked.values()], which);
      if (one) one.underway = truth.answersAt(one.target.address)?.uuid ?? "";
    },
    hear(which) {
      const one = pick(
        [...asked.values()].filter(({ underway }) => underway !== undefined),
        which,
      );
      if (!one) return undefined;
      const by = one.underway || undefined;
      one.underway = undefined;
      if (by) [one.good, one.bad] = [one.good + 1, 0];
      else [one.good, one.bad] = [0, one.bad + 1];
      if (one.good >= one.target.question.rise) one.state = "ready";
      if (one.bad >= (one.target.question.fall ?? Number.POSITIVE_INFINITY)) one.state = "fallen";
      return { target: one.target, by };
    },
    answers: () =>
      new Map([...asked].map(([key, { state, bad }]) => [key, { state, detail: bad > 0 ? "refused" : "" }] as const)),
  };
}
