import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Ending } from "./ending.ts";
import type { Home } from "./home.ts";

export interface Program {
  /** Names the program, and its log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

/** Starts a program that runs as long as the demo: the demo stops it at its end, and fails if it ends earlier. */
export function startProgram({ name, command, args, cwd }: Program, home: Home, ending: Ending): void {
  const log = openSync(join(home.path, `${name}.log`), "a");
  // In its own process group: Ctrl-C goes to the terminal's whole group, but the demo decides in which order programs end.
  const child = spawn(command, args, { cwd: cwd ?? home.path, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  if (child.pid !== undefined) home.started(child.pid);
  let stopping = false;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      if (!stopping) ending.fail(new Error(`${name} ended unexpectedly, with ${signal ?? `exit code ${code}`}`));
      resolve();
    });
    child.once("error", (error) => {
      ending.fail(new Error(`${name} could not be started: ${error.message}`));
      resolve();
    });
  });
  ending.after(name, async () => {
    stopping = true;
    await stop(child, ended);
  });
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 8000);
  await ended;
  clearTimeout(timer);
}

/** Runs a script to its end and returns its output; throws its error output if it fails. */
export function runScript(script: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    // The whole group is ended, or what the script started would keep running.
    const child = spawn(script, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const end = () => child.pid !== undefined && process.kill(-child.pid, "SIGTERM");
    const said = { out: "", error: "" };
    child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said.error += chunk.toString()));
    signal.addEventListener("abort", end, { once: true });
    child.once("error", (error) => reject(error));
    child.once("close", (code) => {
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason as Error);
      else if (code === 0) resolve(said.out.trim());
      else reject(new Error(said.error.trim() || `${script} ended with exit code ${code}`));
    });
  });
}
