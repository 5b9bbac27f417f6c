import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Lock } from "../../files/lock.ts";
import { markKey } from "../../server/roll-call/marks.ts";
import { platforms } from "../../shared/platforms.ts";
import type { SynthesisedStack } from "../../stacks/synthesise.ts";
import type { Adoption } from "./adoptions.ts";
import { type Change, changesOf, type PlanJson } from "./changes.ts";
import { type Ending, endingsOf } from "./endings.ts";
import { failureOf } from "./failure.ts";
import { type Message, nameOf, readMessage } from "./messages.ts";
import { keepProviderLock } from "./provider-lock.ts";
import type { Ran, Terraform } from "./terraform.ts";

/** What an apply of one stack would do. The plan is in `file`, and nothing else is applied. */
export interface StackPlan {
  readonly stack: SynthesisedStack;
  readonly changes: readonly Change[];
  /** The instances that an apply ends, or may end for a while. */
  readonly endings: readonly Ending[];
  /** Whether an apply changes anything; outputs count too. */
  readonly changed: boolean;
}

export interface PipelineOptions {
  readonly terraform: Terraform;
  /** As terraform reads it: `30s`, `5m`. How long to wait for another run's lock. */
  readonly lockTimeout: string;
  readonly signal: AbortSignal;
  /** Held by each terraform too, should it outlive this process. */
  readonly lock: Pick<Lock, "share">;
  /** Where the lock file of the providers is kept. */
  readonly lockFile: string;
  readonly say: (line: string) => void;
  /** Instances to replace, whatever the files say. A stack that does not have one ignores it. */
  readonly replaced?: readonly string[] | undefined;
  /** Whether to destroy everything in the stack. @default false */
  readonly destroyed?: boolean;
}

const file = "rollcall.tfplan";

/** Initialises a stack's directory and plans. Throws TerraformFailed. */
export async function planStack(stack: SynthesisedStack, options: PipelineOptions): Promise<StackPlan> {
  const { lockTimeout, replaced = [], destroyed = false, signal, lockFile, say } = options;
  const run = (...words: string[]) => runIn(stack, words, options);
  await discardPlan(stack);
  const init = await run("init", "-input=false", "-no-color");
  signal.throwIfAborted();
  if (init.code !== 0) throw failureOf(`init of stack ${stack.name}`, init, stack.platform);
  const notKept = await keepProviderLock(lockFile, stack);
  if (notKept !== undefined) say(notKept);
  const plan = await run(
    "plan",
    "-input=false",
    "-json",
    "-detailed-exitcode",
    `-lock-timeout=${lockTimeout}`,
    `-out=${file}`,
    ...(destroyed ? ["-destroy"] : []),
    ...replaced.map((name) => `-replace=${platforms[stack.platform].resource}.${name}`),
  );
  signal.throwIfAborted();
  if (plan.code !== 0 && plan.code !== 2) throw failureOf(`plan of stack ${stack.name}`, plan, stack.platform);
  const shown = await run("show", "-json", file);
  signal.throwIfAborted();
  if (shown.code !== 0) throw failureOf(`plan of stack ${stack.name}`, shown, stack.platform);
  const json = JSON.parse(shown.stdout) as PlanJson;
  return { stack, changes: changesOf(json), endings: endingsOf(json), changed: plan.code === 2 };
}

/** The instances that a plan ends, by the keys of their marks. */
export function keysOf({ stack, endings }: StackPlan): string[] {
  return endings.map(({ project, instance }) => markKey({ source: stack.name, project, instance }));
}

/** Takes an instance into the state of a stack. Throws TerraformFailed. What is cut off in between, the next adoption does. */
export async function adoptInto(
  stack: SynthesisedStack,
  { address, id, isInState }: Adoption,
  options: PipelineOptions,
): Promise<void> {
  const lock = `-lock-timeout=${options.lockTimeout}`;
  const remove = ["state", "rm", lock, address];
  for (const words of [...(isInState ? [remove] : []), ["import", "-input=false", "-no-color", lock, address, id]]) {
    const run = await runIn(stack, words, options);
    options.signal.throwIfAborted();
    if (run.code !== 0) throw failureOf(`import of ${nameOf(address)}`, run, stack.platform);
  }
}

/**
 * Applies exactly what was planned. Throws TerraformFailed; the state is complete then, and finished changes stay. An
 * abort lets terraform finish what it is doing, and is thrown after that.
 */
export async function applyStack(
  { stack }: StackPlan,
  options: PipelineOptions,
  onMessage: (message: Message) => void,
): Promise<void> {
  const { lockTimeout, signal } = options;
  const words = ["apply", "-input=false", "-json", `-lock-timeout=${lockTimeout}`, file];
  const applied = await runIn(stack, words, options, (line) => {
    const message = readMessage(line);
    if (message) onMessage(message);
  });
  signal.throwIfAborted();
  if (applied.code !== 0) throw failureOf(`apply of stack ${stack.name}`, applied, stack.platform);
}

function runIn(
  { name, directory }: SynthesisedStack,
  words: readonly string[],
  { terraform, signal, lock }: PipelineOptions,
  onLine?: (line: string) => void,
): Promise<Ran> {
  return terraform.run(directory, words, {
    signal,
    ...(onLine && { onLine }),
    onStart: (pid, output) => lock.share(pid, `terraform ${words[0]} of stack ${name}`, output),
  });
}

/** Removes the plan's file: it holds the secrets of the configuration. */
export async function discardPlan(stack: SynthesisedStack): Promise<void> {
  await rm(join(stack.directory, file), { force: true });
}
