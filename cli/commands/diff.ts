import type { Context, Program } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { configOption } from "../options.ts";

export function addDiff(program: Program, context: Context): void {
  program
    .command("diff")
    .description("say what the files would change in what is served: names, no values")
    .addOption(configOption())
    .option("--exit-code", "end with 2 if anything differs", false)
    .action(async ({ config, exitCode }) => {
      const { diff } = await import("../diff.ts");
      const { lines, problems } = await diff(await context.load(config));
      const isSame = lines.length === 0 && problems.length === 0;
      context.output.write(
        isSame ? "no changes: the files match what is served\n" : lines.map((line) => `${line}\n`).join(""),
      );
      for (const problem of problems) context.errors.write(`not compared: ${problem}\n`);
      if (problems.length > 0) context.exitCode = exitCodes.error;
      else if (exitCode && !isSame) context.exitCode = exitCodes.differs;
    });
}
