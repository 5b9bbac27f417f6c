import type { Context, Program } from "../context.ts";
import { configOption, graceOption, planOption, timeOption, withoutPeerOption } from "../options.ts";

export function addDrain(program: Program, context: Context): void {
  program
    .command("drain")
    .description(
      "take instances out of the load balancer, and wait until no Traefik sends them requests: exit 0, or 75 after the timeout",
    )
    .argument(
      "[names...]",
      "replicas, groups, sources or other instances; SOURCE/PROJECT/NAME, group:NAME and source:NAME say which",
    )
    .addOption(configOption())
    .addOption(planOption())
    .addOption(graceOption())
    .addOption(timeOption("--timeout <time>", "how long to wait until they are drained", "2m"))
    .addOption(timeOption("--for <time>", "when the drain ends by itself", "1h"))
    .option("--force", "take out the last members of a group, too", false)
    .addOption(withoutPeerOption())
    .action(async (names, { config: file, plan, grace, timeout, for: holds, force, withoutPeer }, command) => {
      if ((names.length === 0) === (plan === undefined)) command.error("error: drain takes either names or --plan");
      const { drain, requirePeers } = await import("../drain.ts");
      const { whoRuns } = await import("../who-runs.ts");
      const { wordsOfPlan } = await import("../words-of-plan.ts");
      const config = await context.load(file);
      requirePeers(config, withoutPeer);
      const targets = plan === undefined ? names : await wordsOfPlan(config, plan, context.input);
      const say = (line: string) => void context.errors.write(`${line}\n`);
      if (targets.length === 0) return say("the plan ends no instance: nothing to drain");
      const common = { by: whoRuns(), grace, timeout, holds, force, withoutPeer, ifPresent: plan !== undefined };
      const { code } = await drain({ config, targets, ...common, say });
      if (code !== 0)
        say("they stay drained until their time is over: `rollcall undrain` with the same words takes them back");
      context.exitCode = code;
    });
}
