import { resolve } from "node:path";
import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addTrust(program: Program, context: Context): void {
  program
    .command("trust")
    .description("have an LXD or Incus on another machine trust rollcall")
    .command("add")
    .description(
      "enrol with a join token: make a key and a certificate, pin the server's, and add the source to the configuration",
    )
    .argument("<name>", "of the new source")
    .argument("<url>", "of the daemon: https://HOST:8443")
    .option(
      "--token-file <file>",
      "the file of the token that `config trust add` of lxc or incus printed; else it is read from stdin, or asked for",
    )
    .addOption(configOption())
    .action(async (name, url, { config: flag, tokenFile }) => {
      const { configFile } = await import("../../server/config-file.ts");
      const { trustAdd } = await import("../trust-add.ts");
      const { readToken } = await import("../read-token.ts");
      const places = { flag, environment: context.environment, from: process.cwd() };
      const file = (await configFile(places)) ?? resolve("rollcall.yaml");
      const token = await readToken({ ...context, file: tokenFile });
      await trustAdd({ file, name, url, token, say: (line) => void context.output.write(`${line}\n`) });
    });
}
