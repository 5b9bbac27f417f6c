import { plural } from "../files/format-problems.ts";
import type { Config } from "../server/config.ts";
import { isServed } from "../server/roll-call/plan.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import type { SynthesisedStack } from "../stacks/synthesise.ts";
import { askStatus } from "./ask-server.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Change } from "./pipeline/changes.ts";
import { refusals } from "./pipeline/guard.ts";
import { type Message, nameOf } from "./pipeline/messages.ts";
import { applyStack, discardPlan, type PipelineOptions, planStack, type StackPlan } from "./pipeline/pipeline.ts";
import { findTerraform, type Terraform } from "./pipeline/terraform.ts";
import { synth } from "./synth.ts";
import type { Progress } from "./terminal/progress.ts";
import { waitForRollCall } from "./wait.ts";

export interface DeployOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Applies even what the guard would refuse. */
  readonly force: boolean;
  /** Whether to wait for the server's roll call. */
  readonly wait: boolean;
  /** How long to wait for it, in milliseconds. */
  readonly timeout: number;
  /** Whether what a source said last counts while it can't be read. @default false */
  readonly allowStale?: boolean;
  /** As terraform reads it: `30s`, `5m`. */
  readonly lockTimeout: string;
  /** Groups whose number of replicas this command has set. */
  readonly meant?: ReadonlySet<string>;
  /** Asks whether to go on, once, after the changes were shown. */
  readonly confirm: () => Promise<boolean>;
  /** Takes the result: the changes. */
  readonly write: (text: string) => void;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Makes the instances match the group files: synthesises, plans, shows the changes, asks, applies exactly that plan, and waits
 * for the roll call and until every live poller has got what it came to. Returns the exit code; throws errors with their own message. An abort lets terraform write its state first.
 */
export async function deploy(options: DeployOptions): Promise<number> {
  const { config, timeout, allowStale, progress, signal } = options;
  const { terraform, served } = await prepare(options);
  const { groups, stacks } = await synth({ config });
  try {
    const code = await planAndApply(options, { terraform, served }, groups, stacks);
    if (code !== exitCodes.ok || !options.wait) return code;
  } finally {
    await Promise.all(stacks.map(discardPlan));
  }
  return await waitForRollCall({
    config,
    expected: groups,
    timeout,
    allowStale,
    pollers: 0,
    say: progress.say,
    signal,
  });
}

async function planAndApply(
  { lockTimeout, signal, progress, write, force, meant, confirm }: DeployOptions,
  { terraform, served }: Prepared,
  groups: readonly DeclaredGroup[],
  stacks: readonly SynthesisedStack[],
): Promise<number> {
  const pipeline: PipelineOptions = { terraform, lockTimeout, signal };
  const plans: StackPlan[] = [];
  for (const stack of stacks) {
    progress.now(`planning ${stack.name}`);
    plans.push(await planStack(stack, pipeline));
  }
  progress.now("");
  const changes = plans.flatMap((plan) => plan.changes);
  write(changeTable(changes, groups));
  const refused = force ? [] : refusals(changes, groups, { meant, served });
  for (const sentence of refused) progress.say(`refused: ${sentence}`);
  if (refused.length > 0) return exitCodes.error;
  if (changes.length > 0 && !(await confirm())) {
    progress.say("nothing was changed");
    return exitCodes.error;
  }
  for (const plan of plans) if (plan.changed) await apply(plan, pipeline, progress);
  return exitCodes.ok;
}

interface Prepared {
  readonly terraform: Terraform;
  /** The replicas that the server has in the load balancer; undefined if it is not asked. */
  readonly served: ReadonlySet<string> | undefined;
}

/** Checks what has to be there before anything is changed: a terraform, and the server to wait for. Throws if one is missing. */
export async function prepare({
  config,
  environment,
  wait,
}: Pick<DeployOptions, "config" | "environment" | "wait">): Promise<Prepared> {
  const terraform = findTerraform(environment);
  if (!wait) return { terraform, served: undefined };
  const { groups } = await askStatus(config).catch((error: Error) => {
    throw new Error(`${error.message} Or use --no-wait to end when it is applied`);
  });
  const rows = groups.flatMap(({ replicas }) => replicas.filter(({ state }) => isServed(state)));
  return { terraform, served: new Set(rows.map(({ replica }) => replica)) };
}

async function apply(plan: StackPlan, pipeline: PipelineOptions, progress: Progress): Promise<void> {
  const began = performance.now();
  const open = new Set<string>();
  let done = 0;
  await applyStack(plan, pipeline, (message) => {
    if (message.type === "diagnostic") return;
    const line = progressLine(message);
    const { addr } = message.hook.resource;
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

/** A line for each group, and one below it for each instance that changes. */
function changeTable(changes: readonly Change[], groups: readonly DeclaredGroup[]): string {
  if (changes.length === 0) return `nothing to change: ${plural(groups.length, "group")} as declared\n`;
  const names = [...new Set(changes.map(({ group }) => group))].sort();
  const lines = names.flatMap((name) => {
    const ofGroup = changes.filter(({ group }) => group === name);
    const counts = actions.flatMap((action) => {
      const count = ofGroup.filter((change) => change.action === action).length;
      return count > 0 ? [`${count} to ${action}`] : [];
    });
    const rows = ofGroup.map(
      ({ name, action, why }) => `  ${marks[action]} ${name}${why.length > 0 ? `  (${why.join(", ")})` : ""}`,
    );
    return [`${name ?? "no group"}: ${counts.join(", ")}`, ...rows];
  });
  return `${lines.join("\n")}\n`;
}

const actions = ["create", "update", "replace", "destroy"] as const;
const marks = { create: "+", update: "~", replace: "±", destroy: "-" } as const;
