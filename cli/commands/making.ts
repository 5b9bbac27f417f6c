import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { Context, Program } from "../context.ts";
import { deploy, prepare } from "../deploy.ts";
import { exitCodes } from "../exit-codes.ts";
import { groupContext } from "../group-context.ts";
import { interruptible } from "../interruptible.ts";
import { configOption, parseTime } from "../options.ts";
import { rollout } from "../rollout.ts";
import { parseScaling, scale } from "../scale.ts";
import { synthVerb } from "../synth.ts";

const pipelineOptions = <A extends unknown[], O extends OptionValues>(command: Command<A, O>) =>
  command
    .addOption(configOption())
    .option("-y, --yes", "ask nobody", false)
    .option("--lock-timeout <time>", "how long to wait while another run holds the state, such as 5m", "0s");

const deployOptions = <A extends unknown[], O extends OptionValues>(command: Command<A, O>) =>
  pipelineOptions(command)
    .option("--force", "apply even what takes away more replicas than maxUnavailable", false)
    .option("--no-wait", "end when it is applied; the server is not asked")
    .option("--timeout <time>", "how long to wait for the roll call", parseTime, 300_000);

/** The verbs that make instances. */
export function addMaking(program: Program, context: Context): void {
  program
    .command("synth")
    .description("write Terraform's configuration of the group files, for cdktf, terraform or tofu; asks nobody")
    .addOption(configOption())
    .option("--output <directory>", "where to; else $CDKTF_OUTDIR, as cdktf sets it, else as configured")
    .action(async ({ config, output = context.environment.CDKTF_OUTDIR }) => {
      await synthVerb({ config: await context.load(config), output, write: (text) => void process.stdout.write(text) });
    });

  deployOptions(program.command("deploy"))
    .description("make the instances what the group files say: plan, show, ask, apply, and wait for the roll call")
    .action(async ({ config, force, wait, timeout, ...rest }) => {
      const common = { ...rest, config: await context.load(config), environment: context.environment };
      process.exitCode = await interruptible(common, (options) => deploy({ ...options, force, wait, timeout }));
    });

  deployOptions(program.command("scale"))
    .description("declare other numbers of replicas in the group files; all of them, or none when one is refused")
    .argument("<group=replicas...>", "such as web=5 api=2", parseScaling)
    .option("--deploy", "and deploy that", false)
    .action(async (changes, { config: file, deploy: deploying, force, wait, timeout, ...rest }) => {
      const config = await context.load(file);
      process.exitCode = await interruptible({ ...rest, config, environment: context.environment }, async (options) => {
        if (deploying) await prepare({ config, environment: context.environment, wait });
        await scale({
          directory: config.groups,
          context: groupContext(config, deploying),
          changes,
          write: options.write,
        });
        const meant = new Set(changes.map(({ group }) => group));
        return deploying ? await deploy({ ...options, force, wait, timeout, meant }) : exitCodes.ok;
      });
    });

  pipelineOptions(program.command("rollout"))
    .description(
      "bring an image to the replicas of a group, some at a time, each step an edit of its file and a deploy",
    )
    .argument("<group>")
    .option("--image <image>", "the new image; else that of the rollout that was interrupted")
    .option("--undo", "go back to the group's own image", false)
    .action(async (group, { config, image, undo, ...rest }) => {
      const common = { ...rest, config: await context.load(config), environment: context.environment };
      process.exitCode = await interruptible(common, (options) => rollout({ ...options, group, image, undo }));
    });
}
