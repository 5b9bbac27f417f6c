import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Backend } from "../../shared/backend.ts";
import type { InstanceSpec } from "../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import type { StackSource } from "../../stacks/platform.ts";
import { synthesise } from "../../stacks/synthesise.ts";
import { group } from "../support/server/literals.ts";

/** An instance part as the loader gives it; what a test does not say is the default. */
export function spec(rest: Partial<InstanceSpec> = {}): InstanceSpec {
  return { image: "web", type: "container", profiles: ["default"], config: {}, devices: {}, ...rest };
}

/** A group whose instances are made from `spec()`, unless said otherwise. */
export function made(name: string, replicas: number, rest: Partial<DeclaredGroup> = {}): DeclaredGroup {
  return group(name, replicas, { instance: spec(), ...rest });
}

/** An `lxd_instance` or `incus_instance` of a stack, as far as tests look at it. */
export interface MadeInstance {
  readonly image: string;
  readonly type: string;
  readonly remote: string;
  readonly project: string;
  readonly config: Readonly<Record<string, string>>;
  readonly device: readonly { name: string; type: string; properties: Readonly<Record<string, string>> }[];
}

export interface StackJson {
  readonly output?: Readonly<Record<string, { readonly value: Readonly<Record<string, string>> }>>;
  readonly provider: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>]>>;
  readonly resource?: Readonly<Record<string, Readonly<Record<string, MadeInstance>>>>;
  readonly terraform: { readonly backend: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** A stack as it was written. */
export interface Written {
  readonly name: string;
  readonly directory: string;
  readonly text: string;
  readonly json: StackJson;
  readonly instances: Readonly<Record<string, MadeInstance>>;
}

export interface Ordered {
  readonly sources?: readonly StackSource[];
  readonly backend?: Backend;
  /** A directory of its own, which the output and the states are below. @default - a new one */
  readonly at?: string;
}

export interface Workshop {
  /** A new directory. */
  directory(): string;
  synth(groups: readonly DeclaredGroup[], ordered?: Ordered): Written[];
  /** The stack of the one source `local`. */
  stack(groups: readonly DeclaredGroup[], ordered?: Ordered): Written;
}

export const local: StackSource = { name: "local", url: "unix:///lxd.socket", address: { family: "ipv4" } };

/** Registers what clears up after each test. */
export function useWorkshop(): Workshop {
  const directories: string[] = [];
  afterEach(() => {
    for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
  });
  function directory() {
    const path = mkdtempSync(join(tmpdir(), "rollcall-stacks-"));
    directories.push(path);
    return path;
  }
  function synth(groups: readonly DeclaredGroup[], { sources = [local], backend, at = directory() }: Ordered = {}) {
    const output = join(at, "cdktf.out");
    return synthesise({ groups, sources, backend: backend ?? { local: join(at, "terraform") }, output }).map(
      ({ name, directory }): Written => {
        const text = readFileSync(join(directory, "cdk.tf.json"), "utf8");
        const json = JSON.parse(text) as StackJson;
        return { name, directory, text, json, instances: Object.assign({}, ...Object.values(json.resource ?? {})) };
      },
    );
  }
  function stack(groups: readonly DeclaredGroup[], ordered?: Ordered) {
    const [only] = synth(groups, ordered);
    if (only === undefined) throw new Error("there is no stack");
    return only;
  }
  return { directory, synth, stack };
}

/** The part of a stack's text that declares one instance, byte by byte. */
export function bytesOf({ text }: Written, name: string): string {
  const lines = text.split("\n");
  const from = lines.indexOf(`      "${name}": {`);
  if (from < 0) throw new Error(`no instance ${name}`);
  const length = lines.slice(from).findIndex((line) => /^ {6}\}/.test(line));
  // The comma after it belongs to the list.
  return lines
    .slice(from, from + length + 1)
    .join("\n")
    .replace(/,$/, "");
}
