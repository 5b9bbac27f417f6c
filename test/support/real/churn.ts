import { pause } from "../measure.ts";
import type { Rollcall } from "../server/rollcall.ts";
import { documentHas, type Stage } from "./stage.ts";

/** The replicas that `churn` wants launched and declared as group web. */
export const churned = ["web-0", "web-1", "web-2", "web-3"];

/**
 * Replicas stop and start, freeze, and are declared and not, for so many seconds, at a pace that is no multiple of anybody's
 * interval. At the end all are there. Gives the number of steps.
 */
export async function churn(stage: Stage, server: Rollcall, seconds: number): Promise<number> {
  const { driver } = stage;
  const steps = [
    () => driver.stop("web-1", { force: true }),
    () => driver.start("web-1"),
    () => stage.declare("web", 3),
    () => driver.stop("web-2", { force: true }),
    () => stage.declare("web", 4),
    () => driver.start("web-2"),
    () => driver.freeze("web-3"),
    () => pause(1300),
    () => driver.unfreeze("web-3"),
    () => driver.restart("web-0", { force: true }),
  ];
  const end = performance.now() + seconds * 1000;
  let taken = 0;
  // Whole rounds only, so that it ends where it began.
  while (performance.now() < end)
    for (const step of steps) {
      await step();
      await pause((taken++ * 137) % 700);
    }
  await documentHas(server, churned.length);
  return taken;
}
