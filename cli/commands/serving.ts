import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";
import { serveVerb } from "../serve.ts";

/** `serve`: the server itself. */
export function addServing(program: Program, context: Context): void {
  program
    .command("serve")
    .description("watch the groups and the instances, and answer Traefik")
    .addOption(configOption())
    .action(async ({ config }) => {
      const loaded = await context.load(config);
      await serveVerb({
        config: loaded,
        environment: context.environment,
        version: context.version,
        pretty: process.stderr.isTTY && !context.environment.NO_COLOR,
      });
    });
}
