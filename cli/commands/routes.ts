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
      context.output.write(formatRoutes(await askStatus(await context.load(config)), output));
    });
}
