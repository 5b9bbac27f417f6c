import { Option } from "@commander-js/extra-typings";
import type { Context, Program } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { configOption } from "../options.ts";

export function addExport(program: Program, context: Context): void {
  program
    .command("export")
    .description("write the document that the running server gives Traefik once to where Traefik reads it")
    .argument("[file]", "with --to file: the file to write, in place of those of outputs")
    .addOption(configOption())
    .addOption(
      new Option("--to <kind>", "which of outputs to write")
        .choices(["file", "etcd", "redis"] as const)
        .makeOptionMandatory(),
    )
    .action(async (file, { config, to }, command) => {
      if (file !== undefined && to !== "file") command.error("error: a file goes with --to file");
      const { exportDocument } = await import("../export.ts");
      const all = await exportDocument(await context.load(config), to, file);
      for (const { target, written, problems } of all) {
        if (written !== undefined) context.output.write(`${target}: ${written}\n`);
        for (const problem of problems) context.errors.write(`${target}: ${problem}\n`);
      }
      if (all.some(({ written }) => written === undefined)) context.exitCode = exitCodes.error;
    });
}
