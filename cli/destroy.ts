import { apply } from "./apply.ts";
import { askStatus } from "./ask-server.ts";
import type { DeployOptions } from "./deploy.ts";
import { whileDrained } from "./drain-first.ts";
import { exitCodes } from "./exit-codes.ts";
import { changeTable } from "./pipeline/change-table.ts";
import { together } from "./pipeline/changes.ts";
import { discardPlan, keysOf, type PipelineOptions, planStack, type StackPlan } from "./pipeline/pipeline.ts";
import { findTerraform } from "./pipeline/terraform.ts";
import { synth } from "./synth.ts";

export type DestroyOptions = Omit<
  DeployOptions,
  "force" | "wait" | "timeout" | "allowStale" | "meant" | "edit" | "replaced"
>;

/**
 * Destroys everything in the stacks of the groups, once it is drained. No file is changed, so a deploy makes it again. Returns the exit
 * code; throws errors with their own message.
 */
export async function destroy(options: DestroyOptions): Promise<number> {
  const { config, environment, drain, lock, lockTimeout, progress, signal } = options;
  const terraform = findTerraform(environment);
  const server = await askStatus(config).catch((error: Error) => error);
  const { groups, stacks } = await synth({ config });
  const { lockFile } = config.stacks;
  const pipeline: PipelineOptions = {
    terraform,
    lockTimeout,
    lock,
    lockFile,
    destroyed: true,
    say: progress.say,
    signal,
  };
  try {
    const plans: StackPlan[] = [];
    for (const stack of stacks) {
      progress.now(`planning ${stack.name}`);
      plans.push(await planStack(stack, pipeline));
    }
    progress.now("");
    const changes = together(plans);
    if (changes.length === 0) {
      progress.say("nothing to destroy");
      return exitCodes.ok;
    }
    options.write(changeTable(changes, groups));
    if (server instanceof Error && drain) {
      progress.say(
        `refused: ${server.message} It takes them out of the load balancer first; --no-drain does not wait for that`,
      );
      return exitCodes.error;
    }
    if (!(await options.confirm())) {
      progress.say("nothing was changed");
      return exitCodes.error;
    }
    return await whileDrained(drain ? plans.flatMap(keysOf) : [], options, async (onStep) => {
      for (const plan of plans) await apply(plan, pipeline, progress, onStep);
      progress.say("all are destroyed; the files are as they were: `rollcall deploy` makes them again");
    });
  } finally {
    await Promise.all(stacks.map(discardPlan));
  }
}
