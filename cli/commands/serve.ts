import { setFlagsFromString } from "node:v8";
import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addServe(program: Program, context: Context): void {
  program
    .command("serve")
    .description("watch the group files and the instances, and answer Traefik")
    .addOption(configOption())
    .action(async ({ config }) => {
      keepHeapSmall();
      const { serveVerb } = await import("../serve.ts");
      await serveVerb({
        load: () => context.load(config),
        file: config ?? context.environment.ROLLCALL_CONFIG ?? "rollcall.yaml",
        environment: context.environment,
        version: context.version,
        pretty: context.errors.isTTY === true && !context.environment.NO_COLOR,
      });
    });
}

/**
 * A listing of 1,000 instances is megabytes of short-lived garbage, and V8 prefers to grow its heap. So its young generation stays as
 * small as it is before anything is loaded (loading would let it grow to 32 MB, which V8 keeps), and the old one is collected when it
 * has grown by half.
 */
function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=50");
}
