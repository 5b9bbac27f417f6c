import type { Context, Program } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { deployOptions, parseScaling } from "../options.ts";

export function addScale(program: Program, context: Context): void {
  deployOptions(program.command("scale"))
    .description("change the number of replicas in group files: of all the groups, or of none if one is refused")
    .argument("<group=replicas...>", "such as web=5 api=2", parseScaling)
    .option("--deploy", "then deploy", false)
    .action(async (changes, { config: file, deploy: deploying, force, wait, timeout, allowStale, ...rest }) => {
      const { groupContext } = await import("../group-context.ts");
      const { scale } = await import("../scale.ts");
      const config = await context.load(file);
      const edited = (write: (text: string) => void) =>
        scale({ directory: config.groups, context: groupContext(config, deploying), changes, write });
      const { interruptible, pipelineVerb } = await import("../interruptible.ts");
      if (!deploying) {
        const options = { outside: context, yes: true, stopping: "stopping once all files are written" };
        context.exitCode = await interruptible(options, async ({ write }) => {
          await (await edited(write)).write();
          return exitCodes.ok;
        });
        return;
      }
      const { deploy } = await import("../deploy.ts");
      const common = { ...rest, verb: "scale --deploy", config, outside: context };
      const meant = new Set(changes.map(({ group }) => group));
      context.exitCode = await pipelineVerb(common, async (options) => {
        const edit = await edited(options.write);
        return await deploy({ ...options, edit, force, wait, timeout, allowStale, meant });
      });
    });
}
