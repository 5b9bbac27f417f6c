import type { Lock } from "../files/lock.ts";
import type { Config } from "../server/config.ts";
import type { Status } from "../server/http/status.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import type { SynthesisedStack } from "../stacks/synthesise.ts";
import { adopt, apply, type Step } from "./apply.ts";
import { askStatus } from "./ask-server.ts";
import { type ComparedPlan, compare } from "./compare.ts";
import { nameIn, servedIn } from "./drain.ts";
import { whileDrained } from "./drain-first.ts";
import type { EditedGroups } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";
import { changeTable } from "./pipeline/change-table.ts";
import { together } from "./pipeline/changes.ts";
import { refusals } from "./pipeline/guard.ts";
import { discardPlan, keysOf, type PipelineOptions, planStack, type StackPlan } from "./pipeline/pipeline.ts";
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
  /** Whether what is ended is taken out of the load balancer first. */
  readonly drain: boolean;
  /** How long requests in flight are given then, in milliseconds. */
  readonly grace: number;
  /** The URLs of peers that are not waited for then. @default none */
  readonly withoutPeer?: readonly string[] | undefined;
  /** As terraform reads it: `30s`, `5m`. */
  readonly lockTimeout: string;
  /** Groups whose number of replicas this command sets. */
  readonly meant?: ReadonlySet<string>;
  /** An edit of the group files that is a part of this deploy. @default - what the files declare */
  readonly edit?: FileEdit;
  /** Replicas to replace, whatever the files say. */
  readonly replaced?: PipelineOptions["replaced"];
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
  const { config, lockTimeout, lock, signal, progress, write, force, meant, replaced, confirm, edit, drain } = options;
  const pipeline: PipelineOptions = {
    terraform,
    lockTimeout,
    lock,
    lockFile: config.stacks.lockFile,
    replaced,
    say: progress.say,
    signal,
  };
  const plans: StackPlan[] = [];
  for (const stack of stacks) {
    progress.now(`planning ${stack.name}`);
    plans.push(await planStack(stack, pipeline));
  }
  progress.now("");
  const compared = await compare(plans, { ...options, groups });
  const changes = together(compared.map(({ plan: { stack }, changes }) => ({ stack, changes })));
  write(changeTable(changes, groups));
  for (const remark of compared.flatMap((one) => one.remarks)) progress.say(remark);
  const served = status instanceof Error ? undefined : servedIn(status);
  const ending = compared.flatMap(endingOf);
  const names = ending.map(nameIn).join(", ");
  const unserved = status instanceof Error && ending.length > 0 ? status : undefined;
  const refused = [
    ...compared.flatMap((one) => one.hindrances),
    ...(force ? [] : refusals(changes, groups, { meant, served })),
    ...(unserved && drain
      ? [`${unserved.message} It takes ${names} out of the load balancer first; --no-drain does not wait for that`]
      : []),
  ];
  for (const sentence of refused) progress.say(`refused: ${sentence}`);
  if (refused.length > 0) return exitCodes.error;
  if (unserved) progress.say(`${unserved.message} Until it runs, Traefik keeps sending requests to ${names}`);
  if (changes.length > 0 && !(await confirm())) {
    progress.say("nothing was changed");
    return exitCodes.error;
  }
  const targets = drain && !unserved ? ending : [];
  return await whileDrained(targets, options, async (onStep) => {
    await edit?.write();
    let done = 0;
    const count = (type: Step, name: string) => {
      if (type === "apply_complete") done++;
      onStep(type, name);
    };
    try {
      // What moves to another source is made there before it is destroyed where it was.
      for (const one of compared.toSorted((a, b) => Number(destroys(a)) - Number(destroys(b))))
        await apply(await adopt(one, pipeline, progress), pipeline, progress, count);
    } catch (error) {
      if (edit && done === 0) await undo(edit, progress);
      else if (edit) progress.say("a part is done, so the group files keep the change: the same command continues");
      throw error;
    }
  });
}

/** The instances that a plan ends, by the keys of their marks. What is adopted is not. */
function endingOf({ plan, changes }: ComparedPlan): string[] {
  const adopted = new Set(changes.filter(({ action }) => action === "adopt").map(({ name }) => name));
  return keysOf(plan).filter((key) => !adopted.has(nameIn(key)));
}

function destroys({ changes }: ComparedPlan): boolean {
  return changes.some(({ action }) => action === "destroy");
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
