import type { RuleProblem } from "./rule.ts";

/** Ends the reading of a rule; `parseRule` turns it into an answer. It is never thrown out of this folder. */
export class Refusal extends Error {
  readonly problem: RuleProblem;
  constructor(start: number, end: number, message: string) {
    super(message);
    this.problem = { column: start + 1, width: Math.max(1, end - start), message };
  }
}
