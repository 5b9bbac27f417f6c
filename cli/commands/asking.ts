import { Option } from "@commander-js/extra-typings";
import { askStatus } from "../ask.ts";
import type { Context, Program } from "../context.ts";
import { diff } from "../diff.ts";
import { askDocument } from "../document.ts";
import { explain } from "../explain.ts";
import { configOption, outputOption, parseTime } from "../options.ts";
import { formatRoutes } from "../routes.ts";
import { formatStatus } from "../status.ts";
import { waitForComplete } from "../wait.ts";

/** The verbs that ask the running server, and change nothing. */
export function addAsking(program: Program, context: Context): void {
  program
    .command("status")
    .description("show every replica and every poller of the running server")
    .addOption(configOption())
    .addOption(outputOption())
    .option("-q, --quiet", "print the names of the members, and nothing else")
    .action(async ({ config, output, quiet }) => {
      const status = await askStatus(await context.load(config));
      process.stdout.write(formatStatus(status, quiet ? "quiet" : output, Date.now()));
    });

  program
    .command("routes")
    .description("show every router that the running server serves, and where it leads")
    .addOption(configOption())
    .addOption(outputOption())
    .action(async ({ config, output }) => {
      process.stdout.write(formatRoutes(await askStatus(await context.load(config)), output));
    });

  program
    .command("explain")
    .description("say which router answers a URL and why, or what becomes of a router or an instance")
    .argument("<what>", "https://shop.example/api, a router or an instance")
    .addOption(configOption())
    .action(async (what, options) => {
      const config = await context.load(options.config);
      const told = explain(await askStatus(config), what, config.traefik.version);
      if (told === undefined) throw new Error(`no router, no replica and no object of a route file is called ${what}`);
      process.stdout.write(told);
    });

  program
    .command("render")
    .description("print the document that the running server answers Traefik with; it may hold secrets of route files")
    .addOption(configOption())
    .action(async ({ config }) => {
      process.stdout.write(`${JSON.stringify(await askDocument(await context.load(config)), null, 2)}\n`);
    });

  program
    .command("diff")
    .description("say what the files would change of the document that is served: names, and no value")
    .addOption(configOption())
    .action(async ({ config }) => {
      process.stdout.write(await diff(await context.load(config)));
    });

  program
    .command("wait")
    .description("wait until the roll call is complete: exit 0, or 75 when the time is over")
    .argument("[groups...]", "the groups to wait for; else all")
    .addOption(configOption())
    .addOption(
      new Option("--for <what>", "what to wait for").choices(["complete"] as const).default("complete" as const),
    )
    .option("--timeout <time>", "how long to wait, such as 90s or 5m", parseTime, 60_000)
    .option("-q, --quiet", "say nothing while waiting")
    .action(async (groups, { config, timeout, quiet }) => {
      process.exitCode = await waitForComplete({
        config: await context.load(config),
        groups,
        timeout,
        say: (line) => void (quiet || process.stderr.write(`${line}\n`)),
      });
    });
}
