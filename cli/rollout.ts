import { milliseconds } from "../files/milliseconds.ts";
import { ProblemsError } from "../files/problems-error.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { replicaNames } from "../shared/replica-names.ts";
import { mayBeUnavailable, usualRollout } from "../shared/rollout.ts";
import { askStatus } from "./ask-server.ts";
import { type DeployOptions, deploy } from "./deploy.ts";
import { editGroups } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";
import { type RolloutStep, stepBack, stepForward } from "./pipeline/rollout-steps.ts";
import { rollCallOf } from "./standing.ts";
import { readFleet } from "./synth.ts";
import { waitForRollCall } from "./wait.ts";

export interface RolloutOptions extends Omit<DeployOptions, "force" | "wait" | "timeout" | "meant"> {
  readonly group: string;
  /** @default the image of the rollout in the file */
  readonly image: string | undefined;
  /** Whether to go back to the group's own image. */
  readonly undo: boolean;
}

/** A step that failed, with the reason as a sentence. */
class StepFailed extends Error {
  override readonly name = "StepFailed";
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/**
 * Brings an image to the replicas of a group step by step: edits the file, deploys it, waits until the roll call has been
 * complete for `minReadySeconds`. Everything it knows is in the files, so an interrupted rollout continues when it is called
 * again. A step that fails stops it, or reverts it under `autoRevert`. Returns the exit code.
 */
export async function rollout(options: RolloutOptions): Promise<number> {
  const { group: name, undo, progress } = options;
  const group = await readGroup(options);
  if (undo && group.rollout?.image === undefined) {
    progress.say(`${name}: no rollout to undo; its file has no rollout.image`);
    return exitCodes.ok;
  }
  const image = undo ? "" : imageOf(group, options.image);
  if (!undo && stepForward(group, image) === undefined) {
    progress.say(`${name}: its image is already ${image}; run \`rollcall deploy\` to check the instances`);
    return exitCodes.ok;
  }
  await askStatus(options.config);
  options.write(
    undo ? `${name}: back to ${group.instance?.image}\n` : `${name}: ${group.instance?.image} -> ${image}\n`,
  );
  if (!(await options.confirm())) {
    progress.say("nothing was changed");
    return exitCodes.error;
  }
  const next = (now: DeclaredGroup) => (undo ? stepBack(now) : stepForward(now, image));
  try {
    // The step in the file of an interrupted rollout may not have been applied.
    if (!undo && group.rollout?.image === image) await hold(group, options);
    await walk(options, next);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return await afterFailure(error, group, options);
  }
  progress.say(
    undo
      ? `${name}: all replicas are made from ${group.instance?.image} again`
      : `${name}: all replicas are made from ${image}`,
  );
  return exitCodes.ok;
}

async function afterFailure(failed: StepFailed, before: DeclaredGroup, options: RolloutOptions): Promise<number> {
  const { group: name, undo, progress } = options;
  const { rollout, instance } = await readGroup(options);
  progress.say(failed.message);
  if (!undo && rollout?.image === undefined && instance?.image === before.instance?.image) {
    progress.say(`${name}: its file is as it was before`);
    return failed.code;
  }
  if (undo || !rollout?.autoRevert) {
    const where = rollout?.image === undefined ? "" : ` at partition ${rollout.partition}`;
    const goesOn = `\`rollcall rollout ${name}${undo ? " --undo" : ""}\` continues once that is fixed`;
    progress.say(`${name}: stopped${where}. ${goesOn}${undo ? "" : `; \`rollcall rollout ${name} --undo\` goes back`}`);
    return failed.code;
  }
  progress.say(`${name}: going back, because of autoRevert`);
  await walk(options, stepBack).catch((error: Error) => {
    throw new Error(
      `${error.message}\n${name}: going back failed too; \`rollcall rollout ${name} --undo\` tries it again`,
    );
  });
  progress.say(`${name}: all replicas are made from ${(await readGroup(options)).instance?.image} again`);
  return failed.code;
}

async function walk(options: RolloutOptions, next: (group: DeclaredGroup) => RolloutStep | undefined): Promise<void> {
  for (;;) {
    options.signal.throwIfAborted();
    const group = await readGroup(options);
    const step = next(group);
    if (!step) return;
    await allow(step, group, options);
    const { groups: directory } = options.config;
    const changes = step.edits.map((edit) => ({ group: group.name, ...edit }));
    const edit = await editGroups({ directory, context: groupContext(options.config, true), changes });
    const edited = await readGroup(options, edit.groups);
    options.progress.say(`${group.name}: ${stepLine(step, edited)}`);
    await hold(edited, { ...options, edit });
  }
}

function stepLine({ taken }: RolloutStep, { rollout, instance }: DeclaredGroup): string {
  const now =
    rollout?.image === undefined
      ? `image ${instance?.image}`
      : `image ${rollout.image}, partition ${rollout.partition}`;
  return taken.length > 0 ? `${now}: replacing ${taken.join(", ")}` : now;
}

/** Refuses a step that would leave too few replicas, because others are already away. */
async function allow({ taken }: RolloutStep, group: DeclaredGroup, { config }: RolloutOptions): Promise<void> {
  if (taken.length === 0) return;
  const status = await askStatus(config);
  const rows = status.groups.find(({ name }) => name === group.name)?.replicas ?? [];
  const present = new Set(
    rows.filter(({ state }) => state === "member" || state === "ready").map(({ replica }) => replica),
  );
  const away = replicaNames(group).filter((name) => !present.has(name) && !taken.includes(name));
  if (away.length === 0 || away.length + taken.length <= mayBeUnavailable(group.rollout, group.replicas)) return;
  const line = rollCallOf(status, [group]).line;
  throw new StepFailed(
    `${group.name}: ${taken.join(", ")} can't be replaced while ${away.join(", ")} is away (${line})`,
    exitCodes.error,
  );
}

/** Applies the file, with the edit of the step, and waits until the roll call has been complete for long enough. Throws StepFailed. */
async function hold(group: DeclaredGroup, options: RolloutOptions): Promise<void> {
  const { config, progress, signal } = options;
  const { progressDeadline, minReadySeconds } = group.rollout ?? usualRollout;
  const deadline = milliseconds(progressDeadline);
  const late = AbortSignal.timeout(deadline);
  const began = Date.now();
  const say = (line: string) => progress.say(`  ${line}`);
  const what = `${group.name}: not complete within the progressDeadline of ${progressDeadline}`;
  try {
    const code = await deploy({
      ...options,
      force: false,
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
  const timeout = Math.max(0, began + deadline - Date.now());
  const steady = minReadySeconds * 1000;
  const code = await waitForRollCall({ config, expected: [group], timeout, steady, pollers: 0, say, signal });
  if (code !== exitCodes.ok) throw new StepFailed(what, code);
}

/** The group as its file declares it, or as it is in `groups`. */
async function readGroup(
  { config, group: name }: RolloutOptions,
  groups?: readonly DeclaredGroup[],
): Promise<DeclaredGroup> {
  const group = (groups ?? (await readFleet(config))).find((one) => one.name === name);
  if (!group) throw new Error(`${config.groups} declares no group ${name}`);
  if (group.selector) throw new Error(`${name} has a selector: its instances are created elsewhere`);
  return group;
}

function imageOf({ name, rollout, instance }: DeclaredGroup, asked: string | undefined): string {
  const image = asked ?? rollout?.image;
  if (image === undefined) throw new Error(`${name}: which image? \`rollcall rollout ${name} --image IMAGE\``);
  if (rollout?.image !== undefined && rollout.image !== image)
    throw new Error(
      `${name}: a rollout of ${rollout.image} is at partition ${rollout.partition}; \`rollcall rollout ${name}\` ends it, with --undo it goes back to ${instance?.image}`,
    );
  return image;
}
