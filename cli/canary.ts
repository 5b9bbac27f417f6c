import { setTimeout as sleep } from "node:timers/promises";
import { steadyNow } from "../files/steady-now.ts";
import type { Config } from "../server/config.ts";
import { askStatus } from "./ask-server.ts";
import { runCheck } from "./check-command.ts";
import { findSplit, type Split } from "./edit/route-weights.ts";
import { exitCodes } from "./exit-codes.ts";
import { unconfirmed } from "./standing.ts";
import type { Progress } from "./terminal/progress.ts";

export interface CanaryOptions {
  readonly config: Config;
  /** The service that has the traffic now, and the one to shift traffic to. */
  readonly main: string;
  readonly next: string;
  /** The percentages of `next`, one step after the other. */
  readonly steps: readonly number[];
  /** How long each step is watched, in milliseconds; the last one too. */
  readonly every: number;
  /** A shell command that has to exit 0 after each step. */
  readonly check?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** How often the roll call is checked while a step is watched, in milliseconds. */
const gap = 500;

/**
 * Shifts traffic between two groups by the weights of a service in the route files. Each step is watched: if the new group's roll
 * call breaks, or the check command fails, the weights go back to what they were at the start. An abort does the same. Returns the
 * exit code.
 */
export async function canary(options: CanaryOptions): Promise<number> {
  const { config, main, next, steps, progress, signal } = options;
  const split = await findSplit(config.routes, main, next);
  const unhealthy = await whyNot(options);
  if (unhealthy !== undefined && steps.some((percent) => percent > 0)) {
    progress.say(`${next} gets no traffic: ${unhealthy}`);
    return exitCodes.error;
  }
  let begun = false;
  async function step(percent: number): Promise<string | undefined> {
    await split.set(percent);
    begun = true;
    progress.say(`${split.service}: ${main} ${100 - percent} %, ${next} ${percent} % (${split.file})`);
    return percent === 0 || (options.every === 0 && options.check === undefined) ? undefined : await watch(options);
  }
  for (const percent of steps) {
    const failure = await step(percent).catch((error: Error) => {
      if (!begun) throw error;
      return signal.aborted ? "interrupted" : error.message;
    });
    if (failure === undefined) continue;
    await goBack(split, options, failure);
    signal.throwIfAborted();
    return exitCodes.error;
  }
  return exitCodes.ok;
}

/** Why the step failed; undefined if it held until its end. */
async function watch(options: CanaryOptions): Promise<string | undefined> {
  const until = steadyNow() + options.every;
  do {
    const failure = await whyNot(options);
    if (failure !== undefined) return failure;
    await sleep(Math.max(1, Math.min(gap, until - steadyNow())), undefined, { signal: options.signal });
  } while (steadyNow() < until);
  const { check, environment, progress, signal } = options;
  if (check === undefined) return undefined;
  const say = (line: string) => progress.say(`  ${line}`);
  return (await runCheck({ command: check, environment, say, signal }))?.why;
}

async function goBack(split: Split, { main, next, progress }: CanaryOptions, failure: string): Promise<void> {
  await split.restore().catch((error: Error) => {
    throw new Error(`${failure}, and it could not go back: ${error.message}`);
  });
  progress.say(`${failure}: went back, ${main} ${100 - split.percent} %, ${next} ${split.percent} %`);
}

async function whyNot({ config, next }: CanaryOptions): Promise<string | undefined> {
  const { groups, stale } = await askStatus(config);
  const group = groups.find(({ name }) => name === next);
  if (!group) return `the server has no group ${next}`;
  const away = group.replicas.flatMap(({ replica, reason }) => (reason === null ? [] : [`${replica} ${reason}`]));
  if (group.inEffect === null || group.present < group.declared)
    return `the roll call of ${next} is not complete (${group.present}/${group.declared}${away.length > 0 ? `: ${away.join(", ")}` : ""})`;
  const [problem] = unconfirmed({ stale }, [group]);
  return problem && `the roll call of ${next} is ${problem}`;
}
