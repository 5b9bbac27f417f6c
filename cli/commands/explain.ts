import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addExplain(program: Program, context: Context): void {
  program
    .command("explain")
    .description("say which router answers a URL and why, or what happens to what has that name")
    .argument(
      "<what>",
      "https://shop.example/api, shop.example, or the name of a router, service, middleware, group, replica or instance",
    )
    .addOption(configOption())
    .action(async (what, options) => {
      const { askStatus } = await import("../ask-server.ts");
      const { explain } = await import("../explain.ts");
      const config = await context.load(options.config);
      context.output.write(explain(await askStatus(config), what, config.traefik.version));
    });
}
