import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach } from "vitest";
import { runProgram } from "../../cli/program.ts";
import { type Run, rollcall } from "../support/cli/cli.ts";

/** What a run wrote and how it ended. */
export interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Places {
  /** A directory of its own, with these files in it. */
  place(files?: Readonly<Record<string, string>>): string;
  /** Starts the program in a directory; it ends with the test if it has not before. */
  start(cwd: string, args: readonly string[], environment?: Record<string, string>): Run;
  /** Runs it to its end, in this process: a start of the program takes longer than most verbs. */
  run(cwd: string, args: readonly string[], environment?: Record<string, string>): Promise<Ended>;
}

/** Registers what clears up after each test. */
export function usePlaces(): Places {
  const places: string[] = [];
  const runs: Run[] = [];
  afterEach(async () => {
    for (const { child, ended } of runs.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    }
    for (const path of places.splice(0)) rmSync(path, { recursive: true, force: true });
  });

  function place(files: Readonly<Record<string, string>> = {}) {
    const path = mkdtempSync(join(tmpdir(), "rollcall-cli-"));
    places.push(path);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
    return path;
  }
  function start(cwd: string, args: readonly string[], environment: Record<string, string> = {}) {
    const run = rollcall(args, { cwd, environment });
    runs.push(run);
    return run;
  }
  return {
    place,
    start,
    run: runHere,
  };
}

let running: Promise<unknown> = Promise.resolve();

/** Runs the program in this process, with a directory as its own: one run after the other, since there is one working directory. */
function runHere(cwd: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const run = running.then(() => runIn(cwd, args, environment));
  running = run.catch(() => {});
  return run;
}

async function runIn(cwd: string, args: readonly string[], environment: Record<string, string>): Promise<Ended> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const input = Readable.from([]);
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const code = await runProgram(args, {
      environment: { ...process.env, NO_COLOR: "1", ...environment },
      input,
      output,
      errors,
    });
    return { code, stdout: await text(output.end()), stderr: await text(errors.end()) };
  } finally {
    process.chdir(before);
  }
}

/** A group file. */
export function groupFile(name: string, replicas: number, more = ""): string {
  return `name: ${name}\nreplicas: ${replicas}\nservice: { port: 3000 }\n${more}`;
}

const controlSequence = String.fromCharCode(27);

/** Whether a text tells a terminal anything. */
export function isColoured(text: string): boolean {
  return text.includes(controlSequence);
}
