import { PassThrough, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { runProgram } from "../../../cli/program.ts";
import type { Run } from "./cli.ts";

/** What a run wrote and how it ended. */
export interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

let running: Promise<unknown> = Promise.resolve();

/**
 * Runs the program in this process, with a directory as its own: one run after the other, since there is one working directory. A run
 * that needs none (undefined) waits for no other. With `typed` it has a terminal, on which that is typed before it ends.
 */
export function runHere(
  cwd: string | undefined,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  typed?: string,
): Promise<Ended> {
  if (cwd === undefined) return runProgramHere(args, environment, typed);
  const run = running.then(() => runIn(cwd, () => runProgramHere(args, environment, typed)));
  running = run.catch(() => {});
  return run;
}

async function runIn<T>(cwd: string, run: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(cwd);
  try {
    return await run();
  } finally {
    process.chdir(before);
  }
}

async function runProgramHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  typed: string | undefined,
): Promise<Ended> {
  const run = startHere(args, environment, typed);
  const code = await run.ended;
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}

/** Starts the program in this process, whose working directory it must not need: what it has written can be read meanwhile. */
export function startHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  typed?: string,
): Omit<Run, "child"> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  let [stdout, stderr] = ["", ""];
  output.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  errors.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const input = Object.assign(Readable.from(typed === undefined ? [] : [typed]), { isTTY: typed !== undefined });
  const outside = { environment: { ...process.env, NO_COLOR: "1", ...environment }, input, output, errors };
  const ended = runProgram(args, outside).then(async (code) => {
    await Promise.all([output, errors].map((stream) => finished(stream.end())));
    return code;
  });
  return { stdout: () => stdout, stderr: () => stderr, ended };
}
