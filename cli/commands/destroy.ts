import type { Context, Program } from "../context.ts";
import { pipelineOptions } from "../options.ts";

export function addDestroy(program: Program, context: Context): void {
  pipelineOptions(program.command("destroy"))
    .description("destroy all instances of the groups: show them, ask, drain, destroy; the files stay as they are")
    .action(async ({ config, ...rest }) => {
      const { destroy } = await import("../destroy.ts");
      const { pipelineVerb } = await import("../interruptible.ts");
      const common = { ...rest, verb: "destroy", config: await context.load(config), outside: context };
      context.exitCode = await pipelineVerb(common, destroy);
    });
}
