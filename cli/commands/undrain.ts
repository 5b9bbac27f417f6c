import type { Context, Program } from "../context.ts";
import { configOption, planOption } from "../options.ts";

export function addUndrain(program: Program, context: Context): void {
  program
    .command("undrain")
    .description("take drains back: the instances join again")
    .argument("[names...]", "the words of the drain")
    .addOption(configOption())
    .addOption(planOption())
    .option("--all", "all of them", false)
    .action(async (names, { config: file, plan, all }, command) => {
      if ([names.length > 0, plan !== undefined, all].filter(Boolean).length !== 1)
        command.error("error: undrain takes either names, --plan or --all");
      const { nameIn, undrain } = await import("../drain.ts");
      const { wordsOfPlan } = await import("../words-of-plan.ts");
      const config = await context.load(file);
      const words = plan === undefined ? names : await wordsOfPlan(config, plan, context.input);
      const say = (line: string) => void context.errors.write(`${line}\n`);
      const nothing = { ended: [], not: [] };
      const isEmpty = !all && words.length === 0;
      const { ended, not } = isEmpty
        ? nothing
        : await undrain(config, all ? "all" : words, { ifPresent: plan !== undefined, say });
      for (const key of ended) context.output.write(`${nameIn(key)}: no longer drained\n`);
      if (ended.length === 0) say(`not drained: ${not.map(nameIn).join(", ") || "nothing is"}`);
    });
}
