import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { App } from "cdktf";
import { privateDirectory, privately } from "../files/private-directory.ts";
import type { Backend } from "../shared/backend.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { sourcesOf } from "../shared/placed.ts";
import { type PlatformName, platformOf } from "../shared/platforms.ts";
import { incus } from "./incus.ts";
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
  readonly platform: PlatformName;
}

/**
 * Writes the Terraform configuration of a fleet, one stack for each source. Equal fleets give equal bytes. An instance's config may
 * hold secrets, so only this user can enter the stacks' directories, and no link is followed. Throws an Error if that can't be made so.
 */
export function synthesise(fleet: Fleet): SynthesisedStack[] {
  const { sources, output } = fleet;
  const stacks = sources.map((source) => ({
    name: source.name,
    directory: directoryOf(fleet, source.name),
    platform: platformOf(source),
  }));
  for (const directory of [join(output, "stacks"), ...stacks.map(({ directory }) => directory)])
    privateDirectory(directory);
  // What replaces a file gets the mode of a new one.
  for (const file of [join(output, "manifest.json"), ...stacks.map(({ directory }) => join(directory, "cdk.tf.json"))])
    rmSync(file, { force: true });
  privately(() => appOf(fleet).synth());
  return stacks;
}

function directoryOf({ output }: Fleet, stack: string): string {
  return join(resolve(output), "stacks", stack);
}

function appOf(fleet: Fleet): App {
  const { groups, sources, backend, output } = fleet;
  const app = new App({ outdir: output, stackTraces: false });
  for (const source of sources)
    new SourceStack(app, source.name, {
      source,
      groups: groups.filter((group) => !group.selector && sourcesOf(group).includes(source.name)),
      platform: { lxd, incus }[platformOf(source)],
      backend,
      directory: directoryOf(fleet, source.name),
    });
  return app;
}
