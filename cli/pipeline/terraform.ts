import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** Runs terraform, or tofu, in one directory. */
export interface Terraform {
  readonly binary: string;
  run(directory: string, words: readonly string[], options?: RunOptions): Promise<Ran>;
}

export interface RunOptions {
  /** Called with each line of standard output. */
  readonly onLine?: (line: string) => void;
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

function run(
  binary: string,
  directory: string,
  words: readonly string[],
  environment: Environment,
  { onLine, signal }: RunOptions,
): Promise<Ran> {
  return new Promise((end, reject) => {
    const child = spawn(binary, words, {
      cwd: directory,
      env: { ...environment, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own: otherwise a terminal's Ctrl-C would reach it in addition to the signal sent here.
      detached: true,
    });
    let [stdout, stderr] = ["", ""];
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      stdout += `${line}\n`;
      onLine?.(line);
    });
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const stop = () => child.kill("SIGINT");
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    const drained = new Promise((done) => lines.once("close", done));
    child.once("error", reject);
    child.once("close", async (code) => {
      signal?.removeEventListener("abort", stop);
      await drained;
      end({ code: code ?? 1, stdout, stderr });
    });
  });
}
