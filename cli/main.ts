#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { CommanderError, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { loadConfig } from "../server/config-file.ts";
import { duration } from "../shared/duration.ts";
import { ProblemsError } from "../shared/files/problems-error.ts";
import { askStatus } from "./ask.ts";
import { check } from "./check.ts";
import { NobodyToAsk } from "./confirm.ts";
import { deploy, prepare } from "./deploy.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";
import { interruptible } from "./interruptible.ts";
import { rollout } from "./rollout.ts";
import { parseScaling, scale } from "./scale.ts";
import { serveVerb } from "./serve.ts";
import { formatStatus } from "./status.ts";
import { synthVerb } from "./synth.ts";
import { waitForComplete } from "./wait.ts";

/** The one place that reads the environment and the terminal. */
const environment = process.env;
const packageFile = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
const { version } = packageFile.map(readPackage).find((one) => one?.name === "rollcall") ?? { version: "0" };

const program = new Command("rollcall")
  .description("Declare replica groups of LXD instances; Traefik is told of them when the roll call is complete.")
  .version(version)
  .showHelpAfterError()
  .exitOverride();

const configOption = () =>
  new Option(
    "-c, --config <file>",
    "the server's configuration; else $ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml, or only defaults",
  );
const outputOption = () =>
  new Option("-o, --output <format>", "how to print")
    .choices(["table", "json", "yaml"] as const)
    .default("table" as const);

program
  .command("serve")
  .description("watch the groups and the instances, and answer Traefik")
  .addOption(configOption())
  .action(async ({ config }) => {
    const loaded = await load(config);
    await serveVerb({ config: loaded, environment, version, pretty: process.stderr.isTTY && !environment.NO_COLOR });
  });

program
  .command("check")
  .description("read the group files and report every problem; asks nobody")
  .argument("[directory]", "the group files; else those of the configuration")
  .addOption(configOption())
  .action(async (directory, options) => {
    const config = await load(options.config);
    process.exitCode = await check({
      directory: directory ?? config.groups,
      context: groupContext(config),
      colour: pc.isColorSupported && process.stdout.isTTY,
      write: (text) => void process.stdout.write(text),
    });
  });

program
  .command("status")
  .description("show every replica and every poller of the running server")
  .addOption(configOption())
  .addOption(outputOption())
  .option("-q, --quiet", "print the names of the members, and nothing else")
  .action(async ({ config, output, quiet }) => {
    const status = await askStatus(await load(config));
    process.stdout.write(formatStatus(status, quiet ? "quiet" : output, Date.now()));
  });

program
  .command("wait")
  .description("wait until the roll call is complete: exit 0, or 75 when the time is over")
  .argument("[groups...]", "the groups to wait for; else all")
  .addOption(configOption())
  .addOption(new Option("--for <what>", "what to wait for").choices(["complete"] as const).default("complete" as const))
  .option("--timeout <time>", "how long to wait, such as 90s or 5m", parseTime, 60_000)
  .option("-q, --quiet", "say nothing while waiting")
  .action(async (groups, { config, timeout, quiet }) => {
    process.exitCode = await waitForComplete({
      config: await load(config),
      groups,
      timeout,
      say: (line) => void (quiet || process.stderr.write(`${line}\n`)),
    });
  });

program
  .command("synth")
  .description("write Terraform's configuration of the group files, for cdktf, terraform or tofu; asks nobody")
  .addOption(configOption())
  .option("--output <directory>", "where to; else $CDKTF_OUTDIR, as cdktf sets it, else as configured")
  .action(async ({ config, output = environment.CDKTF_OUTDIR }) => {
    await synthVerb({ config: await load(config), output, write: (text) => void process.stdout.write(text) });
  });

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

deployOptions(program.command("deploy"))
  .description("make the instances what the group files say: plan, show, ask, apply, and wait for the roll call")
  .action(async ({ config, force, wait, timeout, ...rest }) => {
    const common = { ...rest, config: await load(config), environment };
    process.exitCode = await interruptible(common, (options) => deploy({ ...options, force, wait, timeout }));
  });

deployOptions(program.command("scale"))
  .description("declare other numbers of replicas in the group files; all of them, or none when one is refused")
  .argument("<group=replicas...>", "such as web=5 api=2", parseScaling)
  .option("--deploy", "and deploy that", false)
  .action(async (changes, { config: file, deploy: deploying, force, wait, timeout, ...rest }) => {
    const config = await load(file);
    process.exitCode = await interruptible({ ...rest, config, environment }, async (options) => {
      if (deploying) await prepare({ config, environment, wait });
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
  .description("bring an image to the replicas of a group, some at a time, each step an edit of its file and a deploy")
  .argument("<group>")
  .option("--image <image>", "the new image; else that of the rollout that was interrupted")
  .option("--undo", "go back to the group's own image", false)
  .action(async (group, { config, image, undo, ...rest }) => {
    const common = { ...rest, config: await load(config), environment };
    process.exitCode = await interruptible(common, (options) => rollout({ ...options, group, image, undo }));
  });

async function load(flag: string | undefined) {
  return await loadConfig({ flag, environment, from: process.cwd() });
}

function parseTime(text: string): number {
  const { data } = duration.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError('A time is text such as "90s" or "5m".');
  return data;
}

function readPackage(url: URL): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, "utf8")) as { name: string; version: string };
  } catch {
    return undefined;
  }
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else {
    process.exitCode = error instanceof NobodyToAsk ? exitCodes.usage : exitCodes.error;
    if (error instanceof ProblemsError)
      process.stderr.write(error.text(pc.createColors(pc.isColorSupported && process.stderr.isTTY)));
    else process.stderr.write(`rollcall: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
