import type { Context, Program } from "../context.ts";
import { configOption, parsePercent, parsePercents, parseTime } from "../options.ts";

export function addCanary(program: Program, context: Context): void {
  program
    .command("canary")
    .description("shift traffic between two groups, by the weights of a weighted service in the route files")
    .argument("<main>", "the group that has the traffic")
    .argument("<next>", "the group to shift traffic to")
    .argument("[percent]", "how much of it, 0 to 100", parsePercent)
    .addOption(configOption())
    .option("--steps <percents>", "percentages one after the other, such as 5,25,50,100", parsePercents)
    .option("--every <time>", "how long each step is watched, such as 2m", parseTime)
    .option(
      "--check <command>",
      "a shell command that has to exit 0 after each step, else the weights go back to what they were",
    )
    .action(async (main, next, percent, { config: file, steps, every, check }, command) => {
      if ((percent === undefined) === (steps === undefined))
        command.error("error: a canary takes either a percentage or --steps");
      const { canary } = await import("../canary.ts");
      const { interruptible } = await import("../interruptible.ts");
      const config = await context.load(file);
      const options = { outside: context, yes: true, stopping: "stopping: the weights go back to what they were" };
      context.exitCode = await interruptible(options, ({ progress, signal }) =>
        canary({
          config,
          main,
          next,
          steps: steps ?? [percent ?? 0],
          every: every ?? (steps ? 120_000 : 0),
          check,
          environment: context.environment,
          progress,
          signal,
        }),
      );
    });
}
