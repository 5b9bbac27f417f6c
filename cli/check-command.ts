import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { harmless } from "../files/harmless.ts";

export interface CheckCommandOptions {
  /** For the shell. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long it may take, in milliseconds. @default as long as it likes */
  readonly timeout?: number;
  /** Called with each line that it writes, of 1000 characters at most. */
  readonly say: (line: string) => void;
  /** Ends the command with a throw. */
  readonly signal: AbortSignal;
}

/** Why a check failed. */
export interface CheckFailure {
  readonly why: string;
  readonly isLate: boolean;
}

/** How many characters of a line are said. */
const longest = 1000;

/** How long a command that is told to end has for it, in milliseconds. */
const grace = 3000;

/**
 * Runs a check command in a process group of its own, which ends with it: what it leaves running is killed. Returns undefined when it
 * exits with 0.
 */
export async function runCheck(options: CheckCommandOptions): Promise<CheckFailure | undefined> {
  const { command, environment, timeout, say, signal } = options;
  const late = timeout === undefined ? undefined : AbortSignal.timeout(Math.max(1, timeout));
  const over = AbortSignal.any(late ? [signal, late] : [signal]);
  over.throwIfAborted();
  const child = spawn("/bin/sh", ["-c", command], {
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const read = Promise.all([child.stdout, child.stderr].map((stream) => sayLines(stream, say)));
  const kill = (how: NodeJS.Signals) => killGroup(child.pid, how);
  let last: NodeJS.Timeout | undefined;
  const end = () => {
    kill("SIGTERM");
    last = setTimeout(() => kill("SIGKILL"), grace);
  };
  over.addEventListener("abort", end, { once: true });
  try {
    const [code, by] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    kill("SIGKILL");
    await Promise.race([read, sleep(grace, undefined, { ref: false })]);
    signal.throwIfAborted();
    if (late?.aborted) return { why: "the check command did not end in time", isLate: true };
    return code === 0 ? undefined : { why: `the check command ended with ${code ?? by}`, isLate: false };
  } finally {
    over.removeEventListener("abort", end);
    clearTimeout(last);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

async function sayLines(stream: Readable, say: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = (lines.pop() ?? "").slice(0, longest);
    for (const line of lines) say(harmless(line.slice(0, longest)));
  }
  if (rest !== "") say(harmless(rest));
}

function killGroup(leader: number | undefined, how: NodeJS.Signals): void {
  try {
    if (leader !== undefined) process.kill(-leader, how);
  } catch {
    // None of the group is left.
  }
}
