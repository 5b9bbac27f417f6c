import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { askStatus } from "./ask-server.ts";
import { editGroups } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";
import { type RolloutStep, stepBack, stepForward } from "./pipeline/rollout-steps.ts";
import { allow, hold, readGroup, StepFailed, type StepOptions } from "./rollout-step.ts";

export interface RolloutOptions extends StepOptions {
  /** @default the image of the rollout in the file */
  readonly image: string | undefined;
  /** Whether to go back to the group's own image. */
  readonly undo: boolean;
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
    await allow(step.taken, group, options);
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

function imageOf({ name, rollout, instance }: DeclaredGroup, asked: string | undefined): string {
  const image = asked ?? rollout?.image;
  if (image === undefined) throw new Error(`${name}: which image? \`rollcall rollout ${name} --image IMAGE\``);
  if (rollout?.image !== undefined && rollout.image !== image)
    throw new Error(
      `${name}: a rollout of ${rollout.image} is at partition ${rollout.partition}; \`rollcall rollout ${name}\` ends it, with --undo it goes back to ${instance?.image}`,
    );
  return image;
}
