import type { Context, Program } from "../context.ts";
import { configOption, outputOption } from "../options.ts";

export function addStatus(program: Program, context: Context): void {
  program
    .command("status")
    .description("show every replica and every poller of the running server")
    .addOption(configOption())
    .addOption(outputOption())
    .option("-q, --quiet", "print the names of the members, and nothing else")
    .action(async ({ config, output, quiet }) => {
      const { askStatus } = await import("../ask-server.ts");
      const { formatStatus } = await import("../status.ts");
      const status = await askStatus(await context.load(config));
      context.output.write(formatStatus(status, quiet ? "quiet" : output, Date.now()));
    });
}
