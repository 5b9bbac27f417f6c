import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addDiff(program: Program, context: Context): void {
  program
    .command("diff")
    .description("say what the files would change in the document that is served: names, no values")
    .addOption(configOption())
    .action(async ({ config }) => {
      const { diff } = await import("../diff.ts");
      context.output.write(await diff(await context.load(config)));
    });
}
