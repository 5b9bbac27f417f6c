import { Option } from "@commander-js/extra-typings";
import type { Context, Program } from "../context.ts";
import { configOption, parseTime } from "../options.ts";

export function addWait(program: Program, context: Context): void {
  program
    .command("wait")
    .description("wait until the roll call is complete: exit 0, or 75 after the timeout")
    .argument("[groups...]", "the groups to wait for; else all")
    .addOption(configOption())
    .addOption(
      new Option("--for <what>", "what to wait for").choices(["complete"] as const).default("complete" as const),
    )
    .option("--timeout <time>", "how long to wait, such as 90s or 5m", parseTime, 60_000)
    .option("-q, --quiet", "say nothing while waiting")
    .action(async (groups, { config, timeout, quiet }) => {
      const { waitForComplete } = await import("../wait.ts");
      context.exitCode = await waitForComplete({
        config: await context.load(config),
        groups,
        timeout,
        say: (line) => void (quiet || context.errors.write(`${line}\n`)),
      });
    });
}
