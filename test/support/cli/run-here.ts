import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { runProgram } from "../../../cli/program.ts";

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
  environment: Record<string, string>,
  typed: string | undefined,
): Promise<Ended> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const input = Object.assign(Readable.from(typed === undefined ? [] : [typed]), { isTTY: typed !== undefined });
  const code = await runProgram(args, {
    environment: { ...process.env, NO_COLOR: "1", ...environment },
    input,
    output,
    errors,
  });
  return { code, stdout: await text(output.end()), stderr: await text(errors.end()) };
}
