import type { Context, Program } from "../context.ts";
import { configOption, outputOption } from "../options.ts";

export function addRoutes(program: Program, context: Context): void {
  program
    .command("routes")
    .description("show every router that the running server serves, and its service")
    .addOption(configOption())
    .addOption(outputOption())
    .action(async ({ config, output }) => {
      const { askStatus } = await import("../ask-server.ts");
      const { formatRoutes } = await import("../routes.ts");
      const status = await askStatus(await context.load(config));
      context.output.write(formatRoutes(status, output, context.output.columns));
    });
}
