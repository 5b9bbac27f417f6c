import { mayBeUnavailable } from "../shared/rollout.ts";
import { askStatus } from "./ask-server.ts";
import { exitCodes } from "./exit-codes.ts";
import { allow, hold, readGroup, StepFailed, type StepOptions, type StepWork } from "./rollout-step.ts";

/**
 * Replaces the replicas of a group that were made from an older image than the one that the file's alias leads to now: as many at a
 * time as may be unavailable, the highest index first. It edits no file. The server says which these are, so an interrupted run
 * continues when it is called again. Returns the exit code.
 */
export async function refresh(options: StepOptions): Promise<number> {
  const { group: name, progress, signal } = options;
  const group = await readGroup(options);
  const first = await olderOnes(options);
  if (first.length === 0) {
    progress.say(`${name}: every replica is made from the image that its alias leads to now`);
    return exitCodes.ok;
  }
  options.write(`${name}: ${first.join(", ")} ${first.length === 1 ? "has" : "have"} an older image\n`);
  if (!(await options.confirm())) {
    progress.say("nothing was changed");
    return exitCodes.error;
  }
  try {
    let number = 1;
    for (let older = first; older.length > 0; older = await olderOnes(options)) {
      signal.throwIfAborted();
      const replicas = older.slice(0, mayBeUnavailable(group));
      const work: StepWork = { number: number++, does: "replacing", replicas };
      await allow(work, group, options);
      progress.say(`${name}: replacing ${replicas.join(", ")}`);
      await hold(group, { ...options, replaced: replicas }, work);
    }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    progress.say(error.message);
    progress.say(`${name}: stopped. \`rollcall rollout ${name} --refresh\` continues once that is fixed`);
    return error.code;
  }
  progress.say(`${name}: every replica is made from the image that its alias leads to now`);
  return exitCodes.ok;
}

/** Those of an older image, the highest index first. Throws if the server can't say that of each. */
async function olderOnes({ config, group: name }: StepOptions): Promise<string[]> {
  const row = (await askStatus(config)).groups.find((one) => one.name === name);
  const declared = row?.replicas.slice(0, row.declared) ?? [];
  const unknown = declared.filter(({ image }) => image === null).map(({ replica }) => replica);
  if (!row || unknown.length > 0)
    throw new Error(
      `${name}: the server does not know whether ${unknown.join(", ") || "its replicas"} have an older image: is each there, and is instance.image an alias on ${row?.source ?? "its source"}?`,
    );
  return declared
    .filter(({ image }) => image === "older")
    .map(({ replica }) => replica)
    .reverse();
}
