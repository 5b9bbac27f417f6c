#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, Option } from "@commander-js/extra-typings";
import { CommanderError, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { ConfigError, loadConfig } from "../server/config-file.ts";
import { askStatus } from "./ask.ts";
import { check } from "./check.ts";
import { exitCodes } from "./exit-codes.ts";
import { serveVerb } from "./serve.ts";
import { formatStatus } from "./status.ts";
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
      context: { traefik: config.traefik.version, gate: config.gate, sources: config.sources },
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

async function load(flag: string | undefined) {
  return await loadConfig({ flag, environment, from: process.cwd() });
}

function parseTime(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('A time is text such as "90s" or "5m".');
  return Number(amount) * (unit === "ms" ? 1 : unit === "s" ? 1000 : 60_000);
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
    process.exitCode = exitCodes.error;
    if (error instanceof ConfigError)
      process.stderr.write(error.text(pc.createColors(pc.isColorSupported && process.stderr.isTTY)));
    else process.stderr.write(`rollcall: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
