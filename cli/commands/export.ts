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
      const { interruptible } = await import("../interruptible.ts");
      const asked = { config: await context.load(config), kind: to, file };
      const words = { stopping: "stopping", stopped: "stopped: the same command writes what is missing" };
      context.exitCode = await interruptible({ outside: context, yes: true, ...words }, async (running) => {
        let code: number = exitCodes.ok;
        for await (const { target, written, problems } of exportDocument({ ...asked, signal: running.signal })) {
          if (written === undefined) code = exitCodes.error;
          else running.write(`${target}: ${written}\n`);
          for (const problem of problems) running.progress.say(`${target}: ${problem}`);
        }
        return code;
      });
    });
}
