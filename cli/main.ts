#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "@commander-js/extra-typings";
import { harmless } from "../files/harmless.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { addCanary } from "./commands/canary.ts";
import { addCheck } from "./commands/check.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addDiff } from "./commands/diff.ts";
import { addExplain } from "./commands/explain.ts";
import { addRender } from "./commands/render.ts";
import { addRollout } from "./commands/rollout.ts";
import { addRoutes } from "./commands/routes.ts";
import { addScale } from "./commands/scale.ts";
import { addServe } from "./commands/serve.ts";
import { addStatus } from "./commands/status.ts";
import { addSynth } from "./commands/synth.ts";
import { addWait } from "./commands/wait.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { NoTerminal } from "./terminal/confirm.ts";

/** The one place that reads the environment and the terminal. */
const environment = process.env;
const packageFile = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
const { version } = packageFile.map(readPackage).find((one) => one?.name === "rollcall") ?? { version: "0" };

const program = new Command("rollcall")
  .description("Declare replica groups of LXD instances; Traefik gets them when the roll call is complete.")
  .version(version)
  .showHelpAfterError()
  .exitOverride();

const context: Context = {
  environment,
  version,
  async load(flag) {
    const { loadConfig } = await import("../server/config-file.ts");
    return await loadConfig({ flag, environment, from: process.cwd() });
  },
};
const asking = [addStatus, addRoutes, addExplain, addRender, addDiff, addWait];
const making = [addSynth, addDeploy, addScale, addRollout, addCanary];
for (const add of [addServe, addCheck, ...asking, ...making]) add(program, context);

function readPackage(url: URL): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, "utf8")) as { name: string; version: string };
  } catch {
    return undefined;
  }
}

/** An error may repeat an argument. */
function harmlessLines(text: string): string {
  return text.split("\n").map(harmless).join("\n");
}

// The reader of the output may have closed it: `rollcall status | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else {
    process.exitCode = error instanceof NoTerminal ? exitCodes.usage : exitCodes.error;
    if (error instanceof ProblemsError) {
      const { default: pc } = await import("picocolors");
      process.stderr.write(error.text(pc.createColors(pc.isColorSupported && process.stderr.isTTY)));
    } else process.stderr.write(`rollcall: ${harmlessLines(error instanceof Error ? error.message : String(error))}\n`);
  }
}
