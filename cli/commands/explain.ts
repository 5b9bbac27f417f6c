import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addExplain(program: Program, context: Context): void {
  program
    .command("explain")
    .description("say which router answers a URL and why, or what happens to a router or an instance")
    .argument("<what>", "https://shop.example/api, a router or an instance")
    .addOption(configOption())
    .action(async (what, options) => {
      const { askStatus } = await import("../ask-server.ts");
      const { explain } = await import("../explain.ts");
      const config = await context.load(options.config);
      const told = explain(await askStatus(config), what, config.traefik.version);
      if (told === undefined) throw new Error(`no router, no replica and no object of a route file is called ${what}`);
      context.output.write(told);
    });
}
