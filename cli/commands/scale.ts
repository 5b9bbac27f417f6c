import type { Context, Program } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { deployOptions, parseScaling } from "../options.ts";

export function addScale(program: Program, context: Context): void {
  deployOptions(program.command("scale"))
    .description("change the number of replicas in group files: of all the groups, or of none if one is refused")
    .argument("<group=replicas...>", "such as web=5 api=2", parseScaling)
    .option("--deploy", "then deploy", false)
    .action(async (changes, { config: file, deploy: deploying, force, wait, timeout, allowStale, ...rest }) => {
      const { deploy, prepare } = await import("../deploy.ts");
      const { groupContext } = await import("../group-context.ts");
      const { interruptible } = await import("../interruptible.ts");
      const { scale } = await import("../scale.ts");
      const config = await context.load(file);
      context.exitCode = await interruptible({ ...rest, config, outside: context }, async (options) => {
        if (deploying) await prepare({ config, environment: context.environment, wait });
        await scale({
          directory: config.groups,
          context: groupContext(config, deploying),
          changes,
          write: options.write,
        });
        const meant = new Set(changes.map(({ group }) => group));
        return deploying ? await deploy({ ...options, force, wait, timeout, allowStale, meant }) : exitCodes.ok;
      });
    });
}
