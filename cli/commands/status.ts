import type { Context, Program } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { configOption, outputOption } from "../options.ts";

export function addStatus(program: Program, context: Context): void {
  program
    .command("status")
    .description("show every replica and every poller of the running server")
    .argument("[groups...]", "show only the replicas and the sources of these groups")
    .addOption(configOption())
    .addOption(outputOption())
    .option("-q, --quiet", "print the names of the members, and nothing else")
    .option("--traefik", "ask the Traefiks of traefik.api which version each is, what it runs and what it turned off")
    .action(async (groups, { config, output, quiet, traefik }) => {
      if (traefik) {
        if (groups.length > 0 || quiet) throw new Error("--traefik takes no groups and no --quiet");
        const { askTraefiks, formatTraefiks, isWell } = await import("../traefik-status.ts");
        const report = await askTraefiks(await context.load(config));
        context.output.write(formatTraefiks(report, output, context.output.columns));
        context.exitCode = isWell(report) ? exitCodes.ok : exitCodes.error;
        return;
      }
      const { askStatus } = await import("../ask-server.ts");
      const { formatStatus } = await import("../status.ts");
      const status = await askStatus(await context.load(config));
      const { default: pc } = await import("picocolors");
      const { isTTY = false, columns } = context.output;
      const colours = pc.createColors(pc.isColorSupported && isTTY);
      const format = quiet ? "quiet" : output;
      context.output.write(formatStatus(status, { format, groups, now: Date.parse(status.now), columns, colours }));
    });
}
