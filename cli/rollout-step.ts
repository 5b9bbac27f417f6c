import { milliseconds } from "../files/milliseconds.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { steadyNow } from "../files/steady-now.ts";
import type { Status } from "../server/http/status.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { replicaNames } from "../shared/replica-names.ts";
import { mayBeUnavailable, usualRollout } from "../shared/rollout.ts";
import { askStatus } from "./ask-server.ts";
import { type CheckCommandOptions, runCheck } from "./check-command.ts";
import { type DeployOptions, deploy } from "./deploy.ts";
import { noGroup } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";
import type { RolloutStep } from "./pipeline/rollout-steps.ts";
import { rollCallOf } from "./standing.ts";
import { readFleet } from "./synth.ts";
import { waitForRollCall } from "./wait.ts";

/** What a step of a rollout needs: the options of a deploy, and the group. */
export interface StepOptions extends Omit<DeployOptions, "force" | "wait" | "timeout" | "meant"> {
  readonly group: string;
  /** A shell command that has to exit 0 after each step that makes replicas. */
  readonly check: string | undefined;
}

/** What one step does with which replicas. */
export interface StepWork extends Pick<RolloutStep, "does" | "replicas"> {
  /** Which step of this run it is, from 1; 0 for the one that an interrupted run has left. */
  readonly number: number;
}

/** A step that failed, with the reason as a sentence. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/**
 * Refuses a step that would leave too few replicas, because others are already away. Those that the rollout has added may be. Throws
 * StepFailed.
 */
export async function allow(
  { does, replicas }: StepWork,
  group: DeclaredGroup,
  { config }: StepOptions,
): Promise<void> {
  if (does === "adding" || replicas.length === 0) return;
  const status = await askStatus(config);
  const away = awayIn(status, replicaNames(group)).filter((name) => !replicas.includes(name));
  const spare = mayBeUnavailable(group) + (group.rollout?.surge ?? 0);
  if (away.length === 0 || away.length + replicas.length <= spare) return;
  const line = rollCallOf(status, [group]).line;
  const done = does === "replacing" ? "replaced" : "removed";
  throw new StepFailed(
    `${group.name}: ${replicas.join(", ")} can't be ${done} while ${away.join(", ")} is away (${line})`,
    exitCodes.error,
  );
}

/** Which of these replicas do not answer the roll call. */
export function awayIn({ groups }: Status, replicas: readonly string[]): string[] {
  const rows = groups.flatMap((group) => group.replicas);
  const present = rows.filter(({ state }) => state === "member" || state === "ready").map(({ replica }) => replica);
  return replicas.filter((name) => !present.includes(name));
}

/**
 * Applies the file, with the edit of the step, waits until the roll call has been complete for long enough, and runs the check
 * command. Throws StepFailed.
 */
export async function hold(group: DeclaredGroup, options: StepOptions, work: StepWork): Promise<void> {
  const { config, replaced, progress, signal } = options;
  const { progressDeadline, minReadySeconds } = group.rollout ?? usualRollout;
  const deadline = milliseconds(progressDeadline);
  const late = AbortSignal.timeout(deadline);
  const began = steadyNow();
  const say = (line: string) => progress.say(`  ${line}`);
  const what = `${group.name}: not complete within the progressDeadline of ${progressDeadline}`;
  try {
    const code = await deploy({
      ...options,
      force: false,
      // A step that was interrupted while it removed may have left some to the one after it.
      meant: new Set(work.does === "removing" || work.replicas.length === 0 ? [group.name] : []),
      wait: false,
      timeout: 0,
      confirm: async () => true,
      progress: { ...progress, say },
      signal: AbortSignal.any([signal, late]),
    });
    if (code !== exitCodes.ok) throw new StepFailed(`${group.name}: this step was not applied`, code);
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) throw new StepFailed(what, exitCodes.timeout);
    if (error instanceof ProblemsError || error instanceof StepFailed) throw error;
    throw new StepFailed((error as Error).message, exitCodes.error);
  }
  const timeout = Math.max(0, began + deadline - steadyNow());
  const steady = minReadySeconds * 1000;
  const code = await waitForRollCall({
    config,
    expected: [group],
    refreshed: replaced,
    timeout,
    steady,
    pollers: 0,
    say,
    signal,
  });
  if (code !== exitCodes.ok) throw new StepFailed(what, code);
  await check(group, { ...options, timeout: began + deadline - steadyNow(), say }, work);
}

async function check(
  { name }: DeclaredGroup,
  options: StepOptions & Pick<CheckCommandOptions, "timeout" | "say">,
  { number, does, replicas }: StepWork,
): Promise<void> {
  const { check: command, signal } = options;
  if (command === undefined || does === "removing" || replicas.length === 0) return;
  const about = { ROLLCALL_GROUP: name, ROLLCALL_STEP: String(number), ROLLCALL_REPLICAS: replicas.join(" ") };
  options.say(`checking ${replicas.join(", ")}`);
  const failure = await runCheck({ ...options, command, environment: { ...options.environment, ...about } });
  signal.throwIfAborted();
  if (failure) throw new StepFailed(`${name}: ${failure.why}`, failure.isLate ? exitCodes.timeout : exitCodes.error);
}

/** The group as its file declares it, or as it is in `groups`. */
export async function readGroup(
  { config, group: name }: StepOptions,
  groups?: readonly DeclaredGroup[],
): Promise<DeclaredGroup> {
  const all = groups ?? (await readFleet(config));
  const group = all.find((one) => one.name === name);
  if (!group)
    throw new Error(
      noGroup(
        config.groups,
        name,
        all.map((one) => one.name),
      ),
    );
  if (group.selector) throw new Error(`${name} has a selector: its instances are created elsewhere`);
  return group;
}
