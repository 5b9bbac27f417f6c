import { formatProblems, type Paint } from "./format-problems.ts";
import { byPlace, type Problem } from "./problem.ts";

/** Files that cannot be used, with all their problems. */
export class ProblemsError extends Error {
  override readonly name = "ProblemsError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`${problems[0]?.file}: ${problems[0]?.message}`);
    this.problems = [...problems].sort(byPlace);
  }

  /** For a terminal, as `check` prints them. */
  text(paint: Paint): string {
    return formatProblems(this.problems, paint);
  }
}
