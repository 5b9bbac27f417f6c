import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";
import { surroundings } from "./serve.ts";

export function addFollow(program: Program, context: Context): void {
  program
    .command("follow")
    .argument(
      "[url...]",
      "the provider listeners of other rollcalls, the preferred one first; else those of the configuration",
    )
    .description("answer Traefik with the document of another rollcall")
    .addOption(configOption())
    .action(async (urls, { config }) => {
      const { serveVerb } = await import("../serve.ts");
      const { follow, following } = await import("../../server/follow.ts");
      await serveVerb({
        load: async () => following(await context.load(config), urls),
        serve: follow,
        ...surroundings(context, config),
      });
    });
}
