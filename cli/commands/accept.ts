import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addAccept(program: Program, context: Context): void {
  program
    .command("accept")
    .description("have the running server take what a source says, whatever it lost: its unconfirmed members leave")
    .argument("<source>")
    .addOption(configOption())
    .action(async (source, { config: file }) => {
      const { askToWrite } = await import("../ask-server.ts");
      const path = `/api/accept/${encodeURIComponent(source)}`;
      await askToWrite(await context.load(file), { method: "POST", path, body: {} });
      context.output.write(`${source}: what it says next is taken\n`);
    });
}
