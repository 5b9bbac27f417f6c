import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import pc from "picocolors";
import { createWiring } from "../../server/wiring.ts";
import { check } from "../check.ts";
import { checkDocument } from "../check-document.ts";
import { checkRule } from "../check-rule.ts";
import type { Context, Program } from "../context.ts";
import { groupContext } from "../group-context.ts";
import { configOption, parseTraefik } from "../options.ts";

/** `check`: judges what is written, and asks nobody. */
export function addChecking(program: Program, context: Context): void {
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
    .option("--strict", "with --document: what Traefik would turn off, or choose at random, is an error too", false)
    .option("--tcp", "with --rule: of a TCP router", false)
    .action(async (directory, { config: file, rule, document, traefik, strict, tcp }, command) => {
      if ([directory, rule, document].filter((one) => one !== undefined).length > 1)
        command.error("error: a directory, --rule and --document are three things to check: name one");
      if (rule === undefined && (tcp || (traefik !== undefined && document === undefined)))
        command.error("error: --traefik goes with --rule or --document, and --tcp with --rule");
      if (strict && document === undefined) command.error("error: --strict goes with --document");
      const config = await context.load(file);
      const colour = pc.isColorSupported && process.stdout.isTTY;
      const write = (text: string) => void process.stdout.write(text);
      if (rule !== undefined) {
        const kind = tcp ? "tcp" : "http";
        process.exitCode = checkRule({ rule, kind, traefik: traefik ?? config.traefik.version, colour, write });
      } else if (document !== undefined) {
        const standard = document === "-";
        const bytes = standard ? await buffer(process.stdin) : readFileSync(document);
        const common = { traefik: traefik ?? config.traefik.version, strict, colour, write };
        process.exitCode = checkDocument({ name: standard ? "standard input" : document, document: bytes, ...common });
      } else {
        const context = groupContext(config);
        const routes = directory === undefined ? { directory: config.routes, wiring: createWiring(config) } : undefined;
        process.exitCode = await check({ directory: directory ?? config.groups, context, routes, colour, write });
      }
    });
}
