import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addRender(program: Program, context: Context): void {
  program
    .command("render")
    .description("print the document that the running server gives Traefik; it may hold secrets of route files")
    .addOption(configOption())
    .action(async ({ config }) => {
      const { askDocument } = await import("../ask-server.ts");
      const { document } = await askDocument(await context.load(config));
      context.output.write(`${JSON.stringify(document, null, 2)}\n`);
    });
}
