import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { freePort } from "../../../lab/demo/free-port.ts";
import { rollcall } from "../cli/cli.ts";
import type { Rollcall } from "../server/rollcall.ts";
import { until } from "../until.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";
import type { RealTerraform } from "./terraform-parts.ts";

/** What a verb said, and when. */
export interface Said {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** A verb that runs. */
export interface Saying {
  /** Resolves once its standard error matches, with the moment by Date.now(). */
  says(pattern: RegExp): Promise<number>;
  signal(name: "SIGINT" | "SIGTERM"): void;
  readonly ended: Promise<Said>;
}

/** A stage whose instances are made as users make them: from group files, by the verbs and by terraform. */
export interface Site extends Stage {
  /** The configuration file; `ROLLCALL_CONFIG` names it. */
  readonly config: string;
  /** Terraform's working directory. */
  readonly directory: string;
  /** What a child process needs: terraform's settings, and the configuration. */
  readonly environment: NodeJS.ProcessEnv;
  /** Starts a server over the configuration. */
  serveSite(): Promise<Rollcall>;
  start(words: readonly string[], more?: NodeJS.ProcessEnv): Saying;
  rollcall(...words: string[]): Promise<Said>;
  /** Runs terraform in the stack's directory. */
  terraform(...words: string[]): Promise<Said>;
  /**
   * Waits until every instance has an address, and takes the addresses up in Terraform's state: one that comes after a deploy has
   * ended is a changed output.
   */
  takeUpAddresses(): Promise<void>;
  /** LXD's own id of each instance by its name: a replaced one has another. */
  identities(): Promise<Map<string, string>>;
}

export async function openSite(options: StageOptions, terraform: RealTerraform): Promise<Site> {
  const stage = await openStage(options);
  const admin = `127.0.0.1:${await freePort()}`;
  const config = join(stage.path, "rollcall.yaml");
  const provider = stage.endpoint.replace(/^http:..|.traefik$/g, "");
  const { socket, project, platform } = options;
  const sources = [{ name: "local", url: `unix://${socket}`, projects: [project], ...(platform && { platform }) }];
  writeFileSync(config, stringify({ provider: { listen: provider }, admin: { listen: admin }, sources }));
  const directory = join(stage.path, "cdktf.out/stacks/local");
  const environment = { ...terraform.environment, ROLLCALL_CONFIG: config, NO_COLOR: "1" };

  function start(words: readonly string[], more: NodeJS.ProcessEnv = {}): Saying {
    const run = rollcall(words, { environment: { ...environment, ...more } as Record<string, string> });
    const ended = run.ended.then((code) => ({ code, stdout: run.stdout(), stderr: run.stderr() }));
    return {
      says: (pattern) =>
        until(`${words[0]} says ${pattern}`, () => pattern.test(run.stderr()) && Date.now(), 120_000, 5),
      signal: (name) => void run.child.kill(name),
      ended,
    };
  }

  const inDirectory = (...words: string[]) => execute(terraform.binary, words, directory, environment);

  return {
    ...stage,
    config,
    directory,
    environment,
    serveSite: () => stage.serve({ admin: { listen: admin } }),
    start,
    rollcall: (...words) => start(words).ended,
    terraform: inDirectory,
    async takeUpAddresses() {
      for (const { name } of await stage.driver.list()) await stage.driver.waitForAddress(name, 60_000);
      const taken = await inDirectory("apply", "-refresh-only", "-auto-approve", "-input=false", "-no-color");
      if (taken.code !== 0) throw new Error(taken.stderr);
    },
    async identities() {
      const instances = await stage.driver.list();
      return new Map(instances.map(({ name, config: keys }) => [name, keys?.["volatile.uuid"] ?? ""]));
    },
  };
}

/** Runs a command to its end. */
export async function execute(
  command: string,
  words: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv,
): Promise<Said> {
  mkdirSync(cwd, { recursive: true });
  const { spawn } = await import("node:child_process");
  const child = spawn(command, words, { cwd: resolve(cwd), env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return await new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done({ code: code ?? signal ?? "", stdout, stderr }));
  });
}
