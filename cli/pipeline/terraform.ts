import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, fstatSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { privately } from "../../files/private-directory.ts";

/**
 * Runs terraform, or tofu, in one directory, to which only this user may write. It outlives this process, whatever ends that: it runs
 * in a session of its own, and writes to files. So an apply is never cut off in the middle.
 */
export interface Terraform {
  readonly binary: string;
  run(directory: string, words: readonly string[], options?: RunOptions): Promise<Ran>;
}

export interface RunOptions {
  /** Called with each whole line of standard output. */
  readonly onLine?: (line: string) => void;
  /** Called with its process id, and the file that its standard output goes to until it ends. */
  readonly onStart?: (pid: number, output: string) => void;
  /**
   * Asks it to stop with one SIGINT: it finishes what it is doing and writes its state before it exits. It never gets a second one, at
   * which it would drop everything.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `$TERRAFORM_BINARY_NAME`, as in CDKTF, else terraform, else tofu. Throws if none is on the PATH. */
export function findTerraform(environment: Environment): Terraform {
  const asked = environment.TERRAFORM_BINARY_NAME;
  const names = asked ? [asked] : ["terraform", "tofu"];
  const binary = names.map((name) => onPath(name, environment.PATH ?? "")).find((path) => path !== undefined);
  if (binary === undefined)
    throw new Error(
      `${asked ? `no ${asked}` : "neither terraform nor tofu"} is on the PATH: install one, from https://developer.hashicorp.com/terraform/install or https://opentofu.org, or set TERRAFORM_BINARY_NAME`,
    );
  return { binary, run: (directory, words, options = {}) => run(binary, directory, words, environment, options) };
}

function onPath(name: string, path: string): string | undefined {
  const places = name.includes("/") ? [name] : path.split(delimiter).map((directory) => join(directory, name));
  // It runs in another directory, so a relative path is resolved first.
  return places
    .map((place) => resolve(place))
    .find((place) => {
      try {
        accessSync(place, constants.X_OK);
        return statSync(place).isFile();
      } catch {
        return false;
      }
    });
}

async function run(
  binary: string,
  directory: string,
  words: readonly string[],
  environment: Environment,
  { onLine, onStart, signal }: RunOptions,
): Promise<Ran> {
  const [out, err] = [join(directory, "rollcall.out"), join(directory, "rollcall.err")];
  const [stdout, stderr] = [openFresh(out), openFresh(err)];
  try {
    const child = start(() =>
      spawn(binary, words, {
        cwd: directory,
        env: { ...environment, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" },
        stdio: ["ignore", stdout, stderr],
        // A session of its own: neither a terminal's Ctrl-C nor its end reaches it.
        detached: true,
      }),
    );
    const ended = new Promise<number>((end, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => end(code ?? 1));
    });
    if (child.pid !== undefined) onStart?.(child.pid, out);
    const stop = () => child.kill("SIGINT");
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    const lines = linesOf(stdout);
    let code: number | undefined;
    while (code === undefined) {
      code = await Promise.race([ended, sleep(gap, undefined)]);
      for (const line of lines(code !== undefined)) onLine?.(line);
    }
    signal?.removeEventListener("abort", stop);
    return { code, stdout: readFrom(stdout, 0).toString(), stderr: readFrom(stderr, 0).toString() };
  } finally {
    for (const file of [stdout, stderr]) closeSync(file);
    for (const file of [out, err]) rmSync(file, { force: true });
  }

  /** `init` fills a cache of providers that others may use; all else is for this user alone. */
  function start<T>(make: () => T): T {
    return words[0] === "init" ? make() : privately(make);
  }
}

/** How often what it writes is read, in milliseconds. */
const gap = 50;

/** A new empty file, for this user alone: what was there before is not written to. */
function openFresh(file: string): number {
  rmSync(file, { force: true });
  return openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600);
}

/** Gives the lines that were added to a file since the last call; the last one, if it is not whole yet, only at the end. */
function linesOf(file: number): (atEnd: boolean) => string[] {
  let position = 0;
  return (atEnd) => {
    const bytes = readFrom(file, position);
    const read = atEnd ? bytes : bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
    position += read.length;
    return read.length === 0 ? [] : read.toString().replace(/\n$/, "").split("\n");
  };
}

/** What is in a file from a position on. Works also if the file was removed meanwhile. */
function readFrom(file: number, position: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - position));
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, position));
}
