import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { replicaNames } from "../shared/replica-names.ts";
import { maySurge } from "../shared/rollout.ts";
import { askStatus } from "./ask-server.ts";
import { type EditedGroups, editGroups } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";
import { type Course, courseOfUndo, nextStep, type RolloutStep } from "./pipeline/rollout-steps.ts";
import { allow, awayIn, hold, readGroup, StepFailed, type StepOptions, type StepWork } from "./rollout-step.ts";

export interface RolloutOptions extends StepOptions {
  /** @default the image of the rollout in the file */
  readonly image: string | undefined;
  /** Whether to go back: from the rollout in the file, else to the image before the last one. */
  readonly undo: boolean;
}

/**
 * Brings an image to the replicas of a group step by step: edits the file, deploys it, waits until the roll call has been
 * complete for `minReadySeconds`. Everything it knows is in the files, so an interrupted rollout continues when it is called
 * again. A step that fails stops it, or reverts it under `autoRevert`. Returns the exit code.
 */
export async function rollout(options: RolloutOptions): Promise<number> {
  const { group: name, progress } = options;
  const group = await readGroup(options);
  const course = options.undo ? courseOfUndo(group) : courseTo(group, options.image);
  if (course === undefined) {
    progress.say(`${name}: no rollout to undo; its file has no rollout.image and no rollout.previous`);
    return exitCodes.ok;
  }
  const image = course === "back" ? group.instance?.image : course.image;
  const first = nextStep(group, course);
  if (first === undefined) {
    progress.say(`${name}: its image is already ${image}; run \`rollcall deploy\` to check the instances`);
    return exitCodes.ok;
  }
  // What a replica more makes wrong with the file is said before anything is done.
  await editOf(first, options);
  const status = await askStatus(options.config);
  options.write(course === "back" ? `${name}: back to ${image}\n` : `${name}: ${group.instance?.image} -> ${image}\n`);
  if (!(await options.confirm())) {
    progress.say("nothing was changed");
    return exitCodes.error;
  }
  try {
    // The step in the file of an interrupted rollout may not have been applied.
    if (course !== "back" && group.rollout?.image === image) await hold(group, options, stepInFile(group));
    if (course === "back" && awayIn(status, replicaNames(group).slice(0, group.rollout?.partition)).length > 0)
      await hold(group, { ...options, check: undefined }, stepInFile(group)).catch(unlessFailed);
    await walk(options, course);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return await afterFailure(error, group, course, options);
  }
  progress.say(`${name}: all replicas are made from ${image}${course === "back" ? " again" : ""}`);
  return exitCodes.ok;
}

async function afterFailure(
  failed: StepFailed,
  before: DeclaredGroup,
  course: Course,
  options: RolloutOptions,
): Promise<number> {
  const { group: name, progress } = options;
  const group = await readGroup(options);
  const { rollout, instance } = group;
  progress.say(failed.message);
  if (rollout?.image === undefined) {
    const isAsBefore = before.rollout?.image === undefined && instance?.image === before.instance?.image;
    const how = isAsBefore ? "its file is as it was before" : "`rollcall deploy` ends it once that is fixed";
    progress.say(`${name}: ${how}`);
    return failed.code;
  }
  const back = `\`rollcall rollout ${name} ${flagBack(group)}\``;
  if (course === "back" || !rollout.autoRevert) {
    const on = course === "back" ? [back, ""] : [`\`rollcall rollout ${name}\``, `; ${back} goes back`];
    progress.say(`${name}: stopped at partition ${rollout.partition}. ${on.join(" continues once that is fixed")}`);
    return failed.code;
  }
  progress.say(`${name}: going back, because of autoRevert`);
  await walk({ ...options, check: undefined }, "back").catch((error: Error) => {
    throw new Error(`${error.message}\n${name}: going back failed too; ${back} tries it again`);
  });
  progress.say(`${name}: all replicas are made from ${(await readGroup(options)).instance?.image} again`);
  return failed.code;
}

async function walk(options: RolloutOptions, course: Course): Promise<void> {
  for (let number = 1; ; number++) {
    options.signal.throwIfAborted();
    const group = await readGroup(options);
    const step = nextStep(group, course);
    if (!step) return;
    const work = { ...step, number };
    await allow(work, group, options);
    const edit = await editOf(step, options);
    const edited = await readGroup(options, edit.groups);
    options.progress.say(`${group.name}: ${stepLine(step, edited)}`);
    await hold(edited, { ...options, edit }, work);
  }
}

async function editOf({ edits }: RolloutStep, { config, group }: StepOptions): Promise<EditedGroups> {
  const changes = edits.map((edit) => ({ group, ...edit }));
  return await editGroups({ directory: config.groups, context: groupContext(config, true), changes });
}

function stepLine({ does, replicas }: RolloutStep, { rollout, instance }: DeclaredGroup): string {
  const now =
    rollout?.image === undefined
      ? `image ${instance?.image}`
      : `image ${rollout.image}, partition ${rollout.partition}`;
  return replicas.length > 0 ? `${now}: ${does} ${replicas.join(", ")}` : now;
}

/** What an interrupted rollout has left: every replica that it has reached, and at its end perhaps some that it has added. */
function stepInFile(group: DeclaredGroup): StepWork {
  const { partition = 0, surge } = group.rollout ?? {};
  const does = partition === 0 && surge === undefined && maySurge(group) > 0 ? "removing" : "replacing";
  return { number: 0, does, replicas: replicaNames(group).slice(partition) };
}

/** On the way back a new image may never be complete: what can't be taken then is said by the next step. */
function unlessFailed(error: Error): void {
  if (!(error instanceof StepFailed)) throw error;
}

/** To the image that was asked for, else that of the file; back, if that is the one which a rollout is leaving. */
function courseTo(group: DeclaredGroup, asked: string | undefined): Course {
  const { name, rollout, instance } = group;
  const image = asked ?? rollout?.image;
  if (image === undefined) throw new Error(`${name}: which image? \`rollcall rollout ${name} --image IMAGE\``);
  if (rollout?.image === undefined || rollout.image === image) return { image };
  if (instance?.image === image) return "back";
  throw new Error(
    `${name}: a rollout of ${rollout.image} is at partition ${rollout.partition}; \`rollcall rollout ${name}\` ends it, with ${flagBack(group)} it goes back to ${instance?.image}`,
  );
}

/** What takes back the rollout that is under way: where that is an undo itself, `--undo` continues it. */
function flagBack(group: DeclaredGroup): string {
  return courseOfUndo(group) === "back" ? "--undo" : `--image ${group.instance?.image}`;
}
