import { join, resolve } from "node:path";
import { App } from "cdktf";
import type { Backend } from "../shared/backend.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { lxd } from "./lxd.ts";
import type { StackSource } from "./platform.ts";
import { SourceStack } from "./source-stack.ts";

export interface Fleet {
  readonly groups: readonly DeclaredGroup[];
  readonly sources: readonly StackSource[];
  readonly backend: Backend;
  /** The directory that everything is written to. */
  readonly output: string;
}

export interface SynthesisedStack {
  readonly name: string;
  /** The directory of `cdk.tf.json`, Terraform's working directory. */
  readonly directory: string;
}

/** Writes the Terraform configuration of a fleet, one stack for each source. Equal fleets give equal bytes. */
export function synthesise({ groups, sources, backend, output }: Fleet): SynthesisedStack[] {
  const app = new App({ outdir: output, stackTraces: false });
  const stacks = sources.map((source) => {
    const directory = join(resolve(output), "stacks", source.name);
    new SourceStack(app, source.name, {
      source,
      groups: groups.filter((group) => group.source === source.name && !group.selector),
      platform: lxd,
      backend,
      directory,
    });
    return { name: source.name, directory };
  });
  app.synth();
  return stacks;
}
