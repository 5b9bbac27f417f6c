import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { main } from "../cli/cli.ts";
import type { Stage } from "./stage.ts";

/** The scripts of deploy/ci. */
export const ci = resolve(import.meta.dirname, "../../../deploy/ci");

/** A repository as a pipeline has it checked out: group files, rollcall.yaml, and beside them the directory that the server reads. */
export interface CiRepository {
  readonly served: string;
  at(path: string): string;
  declare(name: string, replicas: number, image?: string): void;
  /** Writes rollcall.yaml, for a server whose admin listener is there. */
  configure(admin: string): void;
  /** Runs a script in its root; `output` is both streams, as they came. */
  run(script: string, more?: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }>;
}

export interface CiRepositoryOptions {
  readonly stage: Stage;
  readonly socket: string;
  /** Where terraform and its provider are. */
  readonly environment: NodeJS.ProcessEnv;
}

export function ciRepository({ stage, socket, environment }: CiRepositoryOptions): CiRepository {
  const at = (path: string) => join(stage.path, path);
  const served = at("served");
  mkdirSync(served);
  writeFileSync(at("rollcall"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(at("rollcall"), 0o755);
  const usual = {
    ROLLCALL: "./rollcall",
    ROLLCALL_GROUPS: served,
    GITHUB_STEP_SUMMARY: at("summary.md"),
    ROLLCALL_GRACE: "1s",
  };
  return {
    served,
    at,
    declare: (name, replicas, image = "web") => stage.declare(name, replicas, `instance: { image: ${image} }\n`),
    configure(admin) {
      const sources = [{ name: "local", url: `unix://${socket}`, projects: [stage.project] }];
      writeFileSync(at("rollcall.yaml"), JSON.stringify({ admin: { listen: admin }, sources }));
    },
    run(script, more) {
      const env = { ...environment, ...usual, ...more };
      const child = spawn(join(ci, script), { cwd: stage.path, env, stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
      return new Promise((done, failed) => {
        child.once("error", failed);
        child.once("close", (code) => done({ code, output }));
      });
    },
  };
}
