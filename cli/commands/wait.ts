import { Option } from "@commander-js/extra-typings";
import type { Context, Program } from "../context.ts";
import { configOption, staleOption, timeoutOption } from "../options.ts";

export function addWait(program: Program, context: Context): void {
  program
    .command("wait")
    .description("wait until the roll call is complete and confirmed: exit 0, or 75 after the timeout")
    .argument("[groups...]", "the groups to wait for; else all")
    .addOption(configOption())
    .addOption(
      new Option(
        "--for <what>",
        "ready: every replica is present and served; fetched: and every live poller was given that; applied: and every Traefik of traefik.api runs it",
      )
        .choices(["ready", "fetched", "applied"] as const)
        .default("ready" as const),
    )
    .addOption(staleOption())
    .addOption(timeoutOption("1m"))
    .option("-q, --quiet", "say nothing while waiting")
    .action(async (groups, { config, for: what, allowStale, timeout, quiet }) => {
      const { waitForComplete } = await import("../wait.ts");
      context.exitCode = await waitForComplete({
        config: await context.load(config),
        groups,
        timeout,
        allowStale,
        pollers: what === "ready" ? undefined : 1,
        traefiks: what === "applied" ? 1 : undefined,
        say: (line) => void (quiet || context.errors.write(`${line}\n`)),
      });
    });
}
