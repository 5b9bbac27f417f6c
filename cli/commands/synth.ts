import type { Context, Program } from "../context.ts";
import { configOption } from "../options.ts";

export function addSynth(program: Program, context: Context): void {
  program
    .command("synth")
    .description("write Terraform's configuration from the group files, for cdktf, terraform or tofu; works offline")
    .addOption(configOption())
    .option("--output <directory>", "the directory to write; else $CDKTF_OUTDIR, as cdktf sets it, else as configured")
    .action(async ({ config, output = context.environment.CDKTF_OUTDIR }) => {
      const { synthVerb } = await import("../synth.ts");
      await synthVerb({
        config: await context.load(config),
        output,
        write: (text) => void context.output.write(text),
        say: (line) => void context.errors.write(`${line}\n`),
      });
    });
}
