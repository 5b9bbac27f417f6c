import { readFileSync } from "node:fs";
import { Command, CommanderError } from "@commander-js/extra-typings";
import { harmless } from "../files/harmless.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { errorWords, systemError } from "../files/system-error.ts";
import { addAccept } from "./commands/accept.ts";
import { addCanary } from "./commands/canary.ts";
import { addCheck } from "./commands/check.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addDestroy } from "./commands/destroy.ts";
import { addDiff } from "./commands/diff.ts";
import { addDrain } from "./commands/drain.ts";
import { addExplain } from "./commands/explain.ts";
import { addExport } from "./commands/export.ts";
import { addFollow } from "./commands/follow.ts";
import { addRender } from "./commands/render.ts";
import { addRollout } from "./commands/rollout.ts";
import { addRoutes } from "./commands/routes.ts";
import { addScale } from "./commands/scale.ts";
import { addServe } from "./commands/serve.ts";
import { addStatus } from "./commands/status.ts";
import { addSynth } from "./commands/synth.ts";
import { addTrust } from "./commands/trust.ts";
import { addUndrain } from "./commands/undrain.ts";
import { addWait } from "./commands/wait.ts";
import type { Context, Outside } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { NoTerminal } from "./terminal/confirm.ts";
import { unknownVerb } from "./unknown-verb.ts";

const packageFile = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
const { version } = packageFile.map(readPackage).find((one) => one?.name === "rollcall") ?? { version: "0" };

/** Runs the verb that the arguments name, and returns the exit code. Errors are written to `errors`. */
export async function runProgram(words: readonly string[], outside: Outside): Promise<number> {
  const { environment, output, errors } = outside;
  const context: Context = {
    ...outside,
    version,
    exitCode: exitCodes.ok,
    async load(flag) {
      const { loadConfig } = await import("../server/config-file.ts");
      return await loadConfig({ flag, environment, from: process.cwd() });
    },
  };
  try {
    await programOf(context).parseAsync(words, { from: "user" });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof ProblemsError) {
      const { default: pc } = await import("picocolors");
      errors.write(error.text(pc.createColors(pc.isColorSupported && errors.isTTY === true)));
    } else {
      const text = systemError(error) ?? errorWords(error);
      errors.write(`rollcall: ${harmlessLines(text)}\n`);
    }
    return error instanceof NoTerminal ? exitCodes.usage : exitCodes.error;
  }

  function programOf(from: Context): Command {
    const program = new Command("rollcall")
      .description("Declare replica groups of LXD instances; Traefik gets them when the roll call is complete.")
      .version(version)
      .showHelpAfterError("See rollcall --help")
      .exitOverride()
      .configureOutput({
        writeOut: (text) => output.write(text),
        writeErr: (text) => errors.write(text),
        // One line; and it may repeat an argument.
        outputError: (text, write) => write(harmlessLines(text.replace(/\n\(/, " ("))),
      });
    const asking = [addStatus, addRoutes, addExplain, addRender, addExport, addDiff, addWait];
    const leaving = [addDrain, addUndrain, addAccept];
    const making = [addSynth, addDeploy, addScale, addRollout, addDestroy, addCanary];
    for (const add of [addServe, addFollow, addCheck, ...asking, ...leaving, ...making, addTrust]) add(program, from);
    for (const command of program.commands) command.showHelpAfterError(`See rollcall ${command.name()} --help`);
    program.on("command:*", ([verb = ""]: string[]) => {
      const verbs = program.commands.map((command) => command.name());
      program.error(`error: ${unknownVerb(verb, verbs)}`);
    });
    return program;
  }
}

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
