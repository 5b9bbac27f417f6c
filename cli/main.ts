#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command } from "@commander-js/extra-typings";
import { CommanderError } from "commander";
import pc from "picocolors";
import { ProblemsError } from "../files/problems-error.ts";
import { loadConfig } from "../server/config-file.ts";
import { addAsking } from "./commands/asking.ts";
import { addChecking } from "./commands/checking.ts";
import { addMaking } from "./commands/making.ts";
import { addServing } from "./commands/serving.ts";
import { addSharing } from "./commands/sharing.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { NobodyToAsk } from "./terminal/confirm.ts";

/** The one place that reads the environment and the terminal. */
const environment = process.env;
const packageFile = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
const { version } = packageFile.map(readPackage).find((one) => one?.name === "rollcall") ?? { version: "0" };

const program = new Command("rollcall")
  .description("Declare replica groups of LXD instances; Traefik is told of them when the roll call is complete.")
  .version(version)
  .showHelpAfterError()
  .exitOverride();

const context: Context = {
  environment,
  version,
  load: (flag) => loadConfig({ flag, environment, from: process.cwd() }),
};
for (const add of [addServing, addChecking, addAsking, addMaking, addSharing]) add(program, context);

function readPackage(url: URL): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, "utf8")) as { name: string; version: string };
  } catch {
    return undefined;
  }
}

// Whoever reads the output may have had enough: `rollcall status | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

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
