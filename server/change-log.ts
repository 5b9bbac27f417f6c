import type { Logger } from "pino";
import { changeLines, shownIn } from "./document/changes.ts";
import { linesOf } from "./document/compose.ts";
import type { Outcome } from "./wiring.ts";

/**
 * Logs once what joined, moved or left, and what is left out. `first` is what is served at the start, `remembered` what an earlier run
 * served last.
 */
export function createChangeLog(log: Pick<Logger, "info" | "warn">, first: Outcome, remembered: Outcome) {
  let said = new Set(linesOf(first.composed));
  let shown = shownIn(remembered.plan, remembered.composed.labelled);
  return ({ plan, composed }: Outcome): void => {
    const lines = new Set(linesOf(composed));
    for (const line of lines) if (!said.has(line)) log.warn(line);
    said = lines;
    if (plan.state !== "ready") return;
    const now = shownIn(plan, composed.labelled);
    for (const line of changeLines(shown, now)) log.info(line);
    shown = now;
  };
}
