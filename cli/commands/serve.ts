import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addServe(program: Program, context: Context): void {
  program
    .command("serve")
    .description("watch the group files and the instances, and answer Traefik")
    .addOption(configOption())
    .action(async ({ config }) => {
      const { serveVerb } = await import("../serve.ts");
      const { serve } = await import("../../server/serve.ts");
      await serveVerb({ load: () => context.load(config), serve, ...surroundings(context, config) });
    });
}

/** What a server takes from around it. */
export function surroundings(context: Context, config: string | undefined) {
  return {
    file: config ?? context.environment.ROLLCALL_CONFIG ?? "rollcall.yaml",
    environment: context.environment,
    version: context.version,
    pretty: context.errors.isTTY === true && !context.environment.NO_COLOR,
  };
}
