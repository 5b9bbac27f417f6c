import type { Lock } from "../files/lock.ts";
import type { Config } from "../server/config.ts";
import type { Status } from "../server/http/status.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import type { SynthesisedStack } from "../stacks/synthesise.ts";
import { askStatus } from "./ask-server.ts";
import { servedIn, waitForDrain } from "./drain.ts";
import type { EditedGroups } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";
import { changeTable } from "./pipeline/change-table.ts";
import { refusals } from "./pipeline/guard.ts";
import { type Message, nameOf } from "./pipeline/messages.ts";
import { applyStack, discardPlan, type PipelineOptions, planStack, type StackPlan } from "./pipeline/pipeline.ts";
import { findTerraform, type Terraform } from "./pipeline/terraform.ts";
import { synth } from "./synth.ts";
import type { Progress } from "./terminal/progress.ts";
import { waitForRollCall } from "./wait.ts";

/** An edit that is written once its plan is accepted, right before the apply, and undone if that changes nothing. */
export type FileEdit = Pick<EditedGroups, "groups" | "write" | "undo">;

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
  /** Groups whose number of replicas this command sets. */
  readonly meant?: ReadonlySet<string>;
  /** An edit of the group files that is a part of this deploy. @default - what the files declare */
  readonly edit?: FileEdit;
  /** Asks whether to go on, once, after the changes were shown. */
  readonly confirm: () => Promise<boolean>;
  /** Takes the result: the changes. */
  readonly write: (text: string) => void;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Held for the whole run. */
  readonly lock: Lock;
}

/**
 * Makes the instances match the group files: synthesises, plans, shows the changes, asks, applies exactly that plan, and waits
 * for the roll call and until every live poller was given what it came to. Returns the exit code; throws errors with their own
 * message. An abort lets terraform write its state first.
 */
export async function deploy(options: DeployOptions): Promise<number> {
  const { config, edit, timeout, allowStale, progress, signal } = options;
  const { terraform, status } = await prepare(options);
  const { groups, stacks } = await synth({ config, groups: edit?.groups });
  try {
    const code = await planAndApply(options, { terraform, status }, groups, stacks);
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
  options: DeployOptions,
  { terraform, status }: Prepared,
  groups: readonly DeclaredGroup[],
  stacks: readonly SynthesisedStack[],
): Promise<number> {
  const { config, lockTimeout, lock, signal, progress, write, force, meant, confirm, edit } = options;
  const pipeline: PipelineOptions = {
    terraform,
    lockTimeout,
    lock,
    lockFile: config.stacks.lockFile,
    say: progress.say,
    signal,
  };
  const plans: StackPlan[] = [];
  for (const stack of stacks) {
    progress.now(`planning ${stack.name}`);
    plans.push(await planStack(stack, pipeline));
  }
  progress.now("");
  const changes = plans.flatMap((plan) => plan.changes);
  write(changeTable(changes, groups));
  const refused = force
    ? []
    : refusals(changes, groups, { meant, served: status instanceof Error ? undefined : servedIn(status) });
  for (const sentence of refused) progress.say(`refused: ${sentence}`);
  if (refused.length > 0) return exitCodes.error;
  const lost = changes.filter(({ action }) => action === "destroy" || action === "replace").map(({ name }) => name);
  if (status instanceof Error && lost.length > 0)
    progress.say(`${status.message} Until it runs, Traefik keeps sending requests to ${lost.join(", ")}`);
  if (changes.length > 0 && !(await confirm())) {
    progress.say("nothing was changed");
    return exitCodes.error;
  }
  await edit?.write();
  const going = changes.filter(({ action }) => action === "destroy").map(({ name }) => name);
  let done = 0;
  try {
    if (!(status instanceof Error) && going.length > 0)
      await waitForDrain({ config, names: going, say: progress.say, signal });
    for (const plan of plans) if (plan.changed) await apply(plan, pipeline, progress, () => done++);
  } catch (error) {
    if (edit && done === 0) await undo(edit, progress);
    else if (edit) progress.say("a part is done, so the group files keep the change: the same command continues");
    throw error;
  }
  return exitCodes.ok;
}

/** Nothing was applied, so the files must not say otherwise. */
async function undo(edit: FileEdit, progress: Progress): Promise<void> {
  const said = await edit.undo().then(
    () => "nothing was finished: the group files are as they were before",
    (error: Error) => error.message,
  );
  progress.say(said);
}

interface Prepared {
  readonly terraform: Terraform;
  /** What the server says; an error if none answers and none has to. */
  readonly status: Status | Error;
}

/** Checks what has to be there before anything is planned: a terraform, and the server to wait for. Throws if one is missing. */
async function prepare({ config, environment, wait }: DeployOptions): Promise<Prepared> {
  const terraform = findTerraform(environment);
  const status = await askStatus(config).catch((error: Error) => error);
  if (wait && status instanceof Error) throw new Error(`${status.message} Or use --no-wait to end when it is applied`);
  return { terraform, status };
}

/** Calls `onDone` for each operation that ended well. */
async function apply(
  plan: StackPlan,
  pipeline: PipelineOptions,
  progress: Progress,
  onDone: () => void,
): Promise<void> {
  const began = performance.now();
  const open = new Set<string>();
  let done = 0;
  await applyStack(plan, pipeline, (message) => {
    if (message.type === "diagnostic") return;
    const line = progressLine(message);
    const { addr } = message.hook.resource;
    if (message.type === "apply_complete") onDone();
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
