import { Option } from "@commander-js/extra-typings";
import type { Context, Program } from "../context.ts";
import { pipelineOptions } from "../options.ts";

export function addRollout(program: Program, context: Context): void {
  pipelineOptions(program.command("rollout"))
    .description("roll an image out to the replicas of a group, some at a time; each step edits the file and deploys")
    .argument("<group>")
    .option("--image <image>", "the new image; else that of the interrupted rollout")
    .option("--undo", "go back: from the rollout in the file, else to the image before the last one", false)
    .option("--check <command>", "a shell command that has to exit 0 after each step that makes replicas")
    .addOption(
      new Option("--refresh", "replace the replicas of an older image than the one that the alias leads to now")
        .conflicts(["image", "undo"])
        .default(false),
    )
    .action(async (group, { config, image, undo, check, refresh: refreshing, ...rest }, command) => {
      if (undo && image !== undefined)
        command.error(
          `error: --undo knows its image from the file: \`rollcall rollout ${group} --undo\`, or --image ${image} without --undo`,
        );
      if (check?.trim() === "") command.error("error: --check is empty: leave it out, or name a command");
      const { pipelineVerb } = await import("../interruptible.ts");
      const { refresh } = await import("../refresh.ts");
      const { rollout } = await import("../rollout.ts");
      const common = { ...rest, verb: "rollout", config: await context.load(config), outside: context };
      context.exitCode = await pipelineVerb(common, (options) =>
        refreshing ? refresh({ ...options, group, check }) : rollout({ ...options, group, check, image, undo }),
      );
    });
}
