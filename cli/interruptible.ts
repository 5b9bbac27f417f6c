import { constants } from "node:os";
import { milliseconds } from "../files/milliseconds.ts";
import type { Outside } from "./context.ts";
import type { DeployOptions } from "./deploy.ts";
import { requirePeers } from "./drain.ts";
import { confirm } from "./terminal/confirm.ts";
import { createProgress } from "./terminal/progress.ts";
import { underLock } from "./under-lock.ts";

/** What work that can be interrupted gets. */
export type Interruptible = Pick<DeployOptions, "confirm" | "write" | "progress" | "signal">;

export interface InterruptibleOptions {
  readonly outside: Outside;
  /** Whether the answer to every question is yes. */
  readonly yes: boolean;
  /** What is said at the first signal. */
  readonly stopping: string;
  /** What is said once the work has ended because of a signal. @default - nothing */
  readonly stopped?: string;
}

/**
 * Runs work that must not be cut off in the middle. SIGINT, SIGTERM and SIGHUP only abort its signal: the work ends in order, and the
 * exit code is 128 plus the number of the signal. A terminal that is gone, or a closed pipe, ends nothing either.
 */
export async function interruptible(
  { outside: { input, output, errors }, yes, stopping, stopped }: InterruptibleOptions,
  work: (options: Interruptible) => Promise<number>,
): Promise<number> {
  const progress = createProgress({
    write: (text) => void errors.write(text),
    columns: errors.isTTY ? errors.columns : undefined,
  });
  const controller = new AbortController();
  const { signal } = controller;
  let ended: number | undefined;
  function stop(name: NodeJS.Signals) {
    progress.say(ended === undefined ? stopping : `still ${stopping}`);
    ended ??= 128 + constants.signals[name];
    controller.abort(new Error("interrupted"));
  }
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) process.on(name, stop);
  for (const stream of [output, errors]) stream.removeAllListeners("error").on("error", () => {});
  try {
    return await work({
      confirm: () => confirm({ yes, input, output: errors, signal }),
      write: (text) => void output.write(text),
      progress,
      signal,
    });
  } catch (error) {
    if (ended === undefined) throw error;
    if (stopped !== undefined) progress.say(stopped);
    return ended;
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}

/** What a verb that runs terraform works with. */
export type PipelineVerb = Interruptible & Pick<DeployOptions, "environment" | "lock" | Common>;

type Common = "config" | "lockTimeout" | "grace" | "drain" | "withoutPeer";

export interface PipelineVerbOptions extends Pick<DeployOptions, Common> {
  readonly verb: string;
  readonly outside: Outside;
  readonly yes: boolean;
}

/** Runs a verb that runs terraform: from its first look at the files to its end it is the only one with this configuration. */
export function pipelineVerb(
  { verb, outside, yes, ...common }: PipelineVerbOptions,
  work: (options: PipelineVerb) => Promise<number>,
): Promise<number> {
  const { config, withoutPeer, lockTimeout } = common;
  requirePeers(config, withoutPeer);
  const stopping = "stopping: terraform finishes what it is doing";
  const stopped = "stopped, and the state is complete; the same command continues from here";
  return interruptible({ outside, yes, stopping, stopped }, (running) => {
    const { progress, signal } = running;
    const patience = milliseconds(lockTimeout);
    return underLock(
      { directory: config.stacks.output, verb, patience, say: progress.say, signal },
      async (lock) => await work({ ...running, ...common, environment: outside.environment, lock }),
    );
  });
}
