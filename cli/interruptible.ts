import { constants } from "node:os";
import type { Config } from "../server/config.ts";
import type { DeployOptions } from "./deploy.ts";
import { confirm } from "./terminal/confirm.ts";
import { createProgress } from "./terminal/progress.ts";

/** The options that the verbs running terraform share. */
export type PipelineVerb = Pick<
  DeployOptions,
  "config" | "environment" | "lockTimeout" | "confirm" | "write" | "progress" | "signal"
>;

export interface InterruptibleOptions {
  readonly config: Config;
  readonly environment: DeployOptions["environment"];
  readonly lockTimeout: string;
  readonly yes: boolean;
}

/**
 * Runs work that must not be cut off in the middle. SIGINT and SIGTERM only abort its signal: the work ends in order, and the
 * exit code is 128 plus the number of the signal.
 */
export async function interruptible(
  { yes, ...options }: InterruptibleOptions,
  work: (options: PipelineVerb) => Promise<number>,
): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const progress = createProgress({
    write: (text) => void stderr.write(text),
    columns: stderr.isTTY ? stderr.columns : undefined,
  });
  const controller = new AbortController();
  const { signal } = controller;
  let ended: number | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      progress.say(
        ended === undefined
          ? "stopping: terraform finishes what it is doing"
          : "still stopping, so that the state stays complete",
      );
      ended ??= 128 + constants.signals[name];
      controller.abort(new Error("interrupted"));
    });
  try {
    return await work({
      ...options,
      confirm: () => confirm({ yes, input: stdin, output: stderr, signal }),
      write: (text) => void stdout.write(text),
      progress,
      signal,
    });
  } catch (error) {
    if (ended === undefined) throw error;
    progress.say("stopped, and the state is complete; the same command continues from here");
    return ended;
  }
}
