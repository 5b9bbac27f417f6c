#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { CommanderError, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { loadConfig } from "../server/config-file.ts";
import { duration } from "../shared/duration.ts";
import { ProblemsError } from "../shared/files/problems-error.ts";
import { traefikVersion } from "../shared/traefik-version.ts";
import { askStatus } from "./ask.ts";
import { canary } from "./canary.ts";
import { check } from "./check.ts";
import { checkDocument } from "./check-document.ts";
import { checkRule } from "./check-rule.ts";
import { NobodyToAsk } from "./confirm.ts";
import { deploy, prepare } from "./deploy.ts";
import { diff } from "./diff.ts";
import { askDocument } from "./document.ts";
import { exitCodes } from "./exit-codes.ts";
import { explain } from "./explain.ts";
import { groupContext } from "./group-context.ts";
import { interruptible } from "./interruptible.ts";
import { rollout } from "./rollout.ts";
import { formatRoutes } from "./routes.ts";
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
  .description(
    "read the group files and the route files and report every problem, or say what Traefik makes of one rule or document; asks nobody",
  )
  .argument("[directory]", "the group files; else those of the configuration")
  .addOption(configOption())
  .option("--rule <rule>", "a router's rule to check, instead of the files")
  .option(
    "--document <file>",
    "a document of Traefik's configuration to check, instead of the files; - is standard input",
  )
  .option("--traefik <version>", "with --rule or --document: of which Traefik; else as configured", parseTraefik)
  .option("--tcp", "with --rule: of a TCP router", false)
  .action(async (directory, { config: file, rule, document, traefik, tcp }, command) => {
    if ([directory, rule, document].filter((one) => one !== undefined).length > 1)
      command.error("error: a directory, --rule and --document are three things to check: name one");
    if (rule === undefined && (tcp || (traefik !== undefined && document === undefined)))
      command.error("error: --traefik goes with --rule or --document, and --tcp with --rule");
    const config = await load(file);
    const colour = pc.isColorSupported && process.stdout.isTTY;
    const write = (text: string) => void process.stdout.write(text);
    if (rule !== undefined) {
      const kind = tcp ? "tcp" : "http";
      process.exitCode = checkRule({ rule, kind, traefik: traefik ?? config.traefik.version, colour, write });
    } else if (document !== undefined) {
      const standard = document === "-";
      const bytes = standard ? await buffer(process.stdin) : readFileSync(document);
      const common = { traefik: traefik ?? config.traefik.version, colour, write };
      process.exitCode = checkDocument({ name: standard ? "standard input" : document, document: bytes, ...common });
    } else {
      const context = groupContext(config);
      const routes = directory === undefined ? { directory: config.routes, uses: config.traefik.uses } : undefined;
      process.exitCode = await check({ directory: directory ?? config.groups, context, routes, colour, write });
    }
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
  .command("routes")
  .description("show every router that the running server serves, and where it leads")
  .addOption(configOption())
  .addOption(outputOption())
  .action(async ({ config, output }) => {
    process.stdout.write(formatRoutes(await askStatus(await load(config)), output));
  });

program
  .command("explain")
  .description("say which router answers a URL and why, or what becomes of a router or an instance")
  .argument("<what>", "https://shop.example/api, a router or an instance")
  .addOption(configOption())
  .action(async (what, options) => {
    const config = await load(options.config);
    const told = explain(await askStatus(config), what, config.traefik.version);
    if (told === undefined) throw new Error(`no router, no replica and no object of a route file is called ${what}`);
    process.stdout.write(told);
  });

program
  .command("render")
  .description("print the document that the running server answers Traefik with; it may hold secrets of route files")
  .addOption(configOption())
  .action(async ({ config }) => {
    process.stdout.write(`${JSON.stringify(await askDocument(await load(config)), null, 2)}\n`);
  });

program
  .command("diff")
  .description("say what the files would change of the document that is served: names, and no value")
  .addOption(configOption())
  .action(async ({ config }) => {
    process.stdout.write(await diff(await load(config)));
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

program
  .command("canary")
  .description("share out traffic between two groups, by the weights of a weighted service in the route files")
  .argument("<main>", "the group that has the traffic")
  .argument("<next>", "the group that is to get some")
  .argument("[percent]", "how much of it", parsePercent)
  .addOption(configOption())
  .option("--steps <percents>", "one after the other, such as 5,25,50,100", parsePercents)
  .option("--every <time>", "how long each step is watched, such as 2m", parseTime)
  .option("--check <command>", "has to end with 0 after each step; else everything goes back")
  .action(async (main, next, percent, { config: file, steps, every, check }) => {
    if ((percent === undefined) === (steps === undefined))
      program.error("error: a canary takes either a percentage or --steps");
    const config = await load(file);
    const common = { config, environment, lockTimeout: "0s", yes: true };
    process.exitCode = await interruptible(common, ({ progress, signal }) =>
      canary({
        config,
        main,
        next,
        steps: steps ?? [percent ?? 0],
        every: every ?? (steps ? 120_000 : 0),
        check,
        progress,
        signal,
      }),
    );
  });

async function load(flag: string | undefined) {
  return await loadConfig({ flag, environment, from: process.cwd() });
}

function parseTime(text: string): number {
  const { data } = duration.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError('A time is text such as "90s" or "5m".');
  return data;
}

function parsePercent(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100) throw new InvalidArgumentError("A percentage is 0 to 100.");
  return Number(text);
}

function parsePercents(text: string): number[] {
  return text.split(",").map(parsePercent);
}

function parseTraefik(text: string): string {
  const { data } = traefikVersion.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError('A version of Traefik is such as "3.7".');
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
