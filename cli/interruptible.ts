import { constants } from "node:os";
import type { Config } from "../server/config.ts";
import type { Outside } from "./context.ts";
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
  readonly outside: Outside;
  readonly lockTimeout: string;
  readonly yes: boolean;
}

/**
 * Runs work that must not be cut off in the middle. SIGINT and SIGTERM only abort its signal: the work ends in order, and the
 * exit code is 128 plus the number of the signal.
 */
export async function interruptible(
  { yes, outside: { environment, input, output, errors }, ...options }: InterruptibleOptions,
  work: (options: PipelineVerb) => Promise<number>,
): Promise<number> {
  const progress = createProgress({
    write: (text) => void errors.write(text),
    columns: errors.isTTY ? errors.columns : undefined,
  });
  const controller = new AbortController();
  const { signal } = controller;
  let ended: number | undefined;
  function stop(name: NodeJS.Signals) {
    progress.say(
      ended === undefined
        ? "stopping: terraform finishes what it is doing"
        : "still stopping, so that the state stays complete",
    );
    ended ??= 128 + constants.signals[name];
    controller.abort(new Error("interrupted"));
  }
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const name of signals) process.on(name, stop);
  try {
    return await work({
      ...options,
      environment,
      confirm: () => confirm({ yes, input, output: errors, signal }),
      write: (text) => void output.write(text),
      progress,
      signal,
    });
  } catch (error) {
    if (ended === undefined) throw error;
    progress.say("stopped, and the state is complete; the same command continues from here");
    return ended;
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
