import type { Context, Program } from "../context.ts";
import { deployOptions } from "../options.ts";

export function addDeploy(program: Program, context: Context): void {
  deployOptions(program.command("deploy"))
    .description("make the instances match the group files: plan, show, ask, apply, and wait for the roll call")
    .action(async ({ config, force, wait, timeout, allowStale, ...rest }) => {
      const { deploy } = await import("../deploy.ts");
      const { pipelineVerb } = await import("../interruptible.ts");
      const common = { ...rest, verb: "deploy", config: await context.load(config), outside: context };
      context.exitCode = await pipelineVerb(common, (options) =>
        deploy({ ...options, force, wait, timeout, allowStale }),
      );
    });
}
