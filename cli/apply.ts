import type { ComparedPlan } from "./compare.ts";
import type { Change } from "./pipeline/changes.ts";
import { type Message, nameOf } from "./pipeline/messages.ts";
import { adoptInto, applyStack, type PipelineOptions, planStack, type StackPlan } from "./pipeline/pipeline.ts";
import type { Progress } from "./terminal/progress.ts";

/**
 * Takes the instances that are there as declared into Terraform's state, and plans again. Without any it is the plan itself. Throws
 * if the new plan loses an instance that was not shown before.
 */
export async function adopt(
  { plan, adoptions, changes }: ComparedPlan,
  options: PipelineOptions,
  progress: Progress,
): Promise<StackPlan> {
  if (adoptions.length === 0) return plan;
  for (const adoption of adoptions) {
    progress.now(`adopting ${adoption.change.name}`);
    await adoptInto(plan.stack, adoption, options);
    progress.say(`${adoption.change.name}: adopted`);
  }
  const next = await planStack(plan.stack, options);
  const shown = losses(changes);
  const lost = losses(next.changes).filter((name) => !shown.includes(name));
  if (lost.length === 0) return next;
  throw new Error(
    `${lost.join(", ")} would be replaced, which was not shown. Nothing else was changed: run deploy again`,
  );
}

/** What is said of an operation. */
export type Step = "apply_start" | "apply_complete" | "apply_errored";

function losses(changes: readonly Change[]): string[] {
  return changes.flatMap(({ name, action }) => (action === "replace" || action === "destroy" ? [name] : []));
}

/** Applies a plan, if it changes anything. Calls `onStep` for each operation that begins, and for each that ends. */
export async function apply(
  plan: StackPlan,
  pipeline: PipelineOptions,
  progress: Progress,
  onStep: (type: Step, name: string) => void,
): Promise<void> {
  if (!plan.changed) return;
  const began = performance.now();
  const open = new Set<string>();
  let done = 0;
  await applyStack(plan, pipeline, (message) => {
    if (message.type === "diagnostic") return;
    const line = progressLine(message);
    const { addr } = message.hook.resource;
    if (message.type !== "apply_progress") onStep(message.type, nameOf(addr));
    if (message.type === "apply_start") open.add(addr);
    else if (message.type !== "apply_progress") {
      open.delete(addr);
      done++;
    }
    if (message.type !== "apply_progress") progress.say(line);
    progress.now(`${done} done, at ${[...open].map(nameOf).join(", ")}`);
  });
  progress.now("");
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (plan.changes.length > 0) progress.say(`${plan.stack.name}: applied in ${seconds} s`);
}

function progressLine({ type, hook }: Exclude<Message, { type: "diagnostic" }>): string {
  const { resource, action, elapsed_seconds: seconds = 0 } = hook;
  const name = nameOf(resource.addr);
  if (type === "apply_start") return `${name}: ${action} ...`;
  return type === "apply_complete" ? `${name}: ${action} done, ${seconds} s` : `${name}: ${action} failed`;
}
