import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { systemError } from "../../files/system-error.ts";
import type { Context, Program } from "../context.ts";
import { configOption, parseTraefik } from "../options.ts";

/** `check`: checks what is written, offline. */
export function addCheck(program: Program, context: Context): void {
  program
    .command("check")
    .description(
      "check the group files and the route files and report every problem, or say what Traefik makes of one rule or document; works offline",
    )
    .argument(
      "[path]",
      "a file or a directory of group files or route files; else, or if it is a rollcall.yaml, all of the configuration",
    )
    .addOption(configOption())
    .option("--rule <rule>", "check this router's rule instead of the files")
    .option(
      "--document <file>",
      "check this document of Traefik's configuration instead of the files; - is standard input",
    )
    .option("--traefik <version>", "with --rule or --document: for which Traefik; else as configured", parseTraefik)
    .option(
      "--strict",
      "with --document: objects that Traefik would turn off or choose at random are errors too",
      false,
    )
    .option(
      "--rollout [group...]",
      "say what keeps rollouts of these groups, or of all, from being gapless; asks the server",
    )
    .option("--tcp", "with --rule: the rule of a TCP router", false)
    .action(async (path, { config: file, rule, document, rollout, traefik, strict, tcp }, command) => {
      if ([path, rule, document, rollout].filter((one) => one !== undefined).length > 1)
        command.error("error: check either a path, --rule, --document or --rollout");
      if (path === "") command.error("error: the path is empty; leave it out to check everything");
      if (rule === undefined && (tcp || (traefik !== undefined && document === undefined)))
        command.error("error: --traefik goes with --rule or --document, and --tcp with --rule");
      if (strict && document === undefined) command.error("error: --strict goes with --document");
      const isConfiguration = path !== undefined && basename(path) === "rollcall.yaml";
      const config = await context.load(isConfiguration ? path : file);
      const { default: pc } = await import("picocolors");
      const common = {
        colour: pc.isColorSupported && context.output.isTTY === true,
        write: (text: string) => void context.output.write(text),
      };
      const version = traefik ?? config.traefik.version;
      if (rule !== undefined) {
        const { checkRule } = await import("../check-rule.ts");
        context.exitCode = checkRule({ ...common, rule, kind: tcp ? "tcp" : "http", traefik: version });
      } else if (document !== undefined) {
        const { checkDocument } = await import("../check-document.ts");
        const standard = document === "-";
        const bytes = standard ? await bytesOf(context.input) : readNamed(document);
        const name = standard ? "standard input" : document;
        context.exitCode = checkDocument({ ...common, name, document: bytes, traefik: version, strict });
      } else if (rollout !== undefined) {
        const { checkRollout } = await import("../check-rollout.ts");
        const groups = Array.isArray(rollout) ? rollout : [];
        context.exitCode = await checkRollout({ config, groups, write: common.write });
      } else {
        const { checkConfigured } = await import("../check.ts");
        context.exitCode = await checkConfigured({ ...common, config, path: isConfiguration ? undefined : path });
      }
    });
}

function readNamed(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(systemError(error, file), { cause: error });
  }
}

async function bytesOf(input: NodeJS.ReadableStream): Promise<Buffer> {
  const { buffer } = await import("node:stream/consumers");
  return await buffer(input);
}
