import type { Context, Program } from "../context.ts";
import { deployOptions } from "../options.ts";

export function addDeploy(program: Program, context: Context): void {
  deployOptions(program.command("deploy"))
    .description("make the instances match the group files: plan, show, ask, apply, and wait for the roll call")
    .action(async ({ config, force, wait, timeout, allowStale, ...rest }) => {
      const { deploy } = await import("../deploy.ts");
      const { interruptible } = await import("../interruptible.ts");
      const common = { ...rest, config: await context.load(config), outside: context };
      const own = { force, wait, timeout, allowStale };
      context.exitCode = await interruptible(common, (options) => deploy({ ...options, ...own }));
    });
}
