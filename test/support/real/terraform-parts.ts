import { execFile } from "node:child_process";
import { constants, mkdtempSync, rmSync } from "node:fs";
import { access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import { requirePart } from "./parts.ts";

export interface RealTerraform {
  /** The absolute path of a terraform or tofu; empty where there is none. */
  readonly binary: string;
  /** What a child process needs to find the provider without any registry, and nothing of this user's own settings. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the provider is the stand-in, a test fixture, and not the real one of a mirror. */
  readonly standIn: boolean;
  readonly missing: string | undefined;
}

/**
 * The terraform on PATH, else its tofu (TERRAFORM_BINARY_NAME names another), with a provider of terraform-lxd/lxd: the real one of
 * ROLLCALL_TF_MIRROR, else the stand-in, which lab/provider.sh builds. To be called while a test file is being read: what it makes
 * goes away with the file's end.
 */
export async function realTerraform(): Promise<RealTerraform> {
  const standIn = (process.env.ROLLCALL_TF_MIRROR ?? "") === "";
  const named = process.env.TERRAFORM_BINARY_NAME ?? "";
  const absent = (reason: string): RealTerraform => ({
    binary: "",
    environment: {},
    standIn,
    missing: requirePart("terraform", reason),
  });
  const names = named === "" ? ["terraform", "tofu"] : [named];
  const binary = await firstOnPath(names);
  if (binary === undefined) return absent(`no ${names.join(" or ")} on PATH`);
  const provider = await findProvider();
  if ("reason" in provider) return absent(provider.reason);
  return { binary, environment: environment(provider.configuration), standIn, missing: undefined };
}

async function firstOnPath(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const places = name.includes("/") ? [name] : pathDirectories().map((directory) => join(directory, name));
    for (const place of places) {
      if (
        await access(place, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return place;
    }
  }
  return undefined;
}

function pathDirectories(): string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
}

/** A build from nothing takes half a minute. It is this user's own caches that it uses. */
async function findProvider(): Promise<{ configuration: string } | { reason: string }> {
  const script = new URL("../../../lab/provider.sh", import.meta.url).pathname;
  try {
    const { stdout } = await promisify(execFile)(script, { timeout: 600_000 });
    return { configuration: stdout.trim() };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const lines = (stderr || message).trim().split("\n");
    return { reason: lines.filter((line) => !line.includes("cure:")).at(-1) ?? "no provider" };
  }
}

function environment(configuration: string): NodeJS.ProcessEnv {
  const home = mkdtempSync(join(tmpdir(), "rollcall-home-"));
  const clear = () => rmSync(home, { recursive: true, force: true });
  // A worker of vitest is ended by a signal, and says nothing at its exit.
  if (process.env.VITEST_WORKER_ID === undefined) process.once("exit", clear);
  else afterAll(clear);
  const own = Object.entries(process.env).filter(([name]) => !/^(TF|TOFU|CDKTF)_(?!LOG)/.test(name));
  return {
    ...Object.fromEntries(own),
    TF_CLI_CONFIG_FILE: configuration,
    TF_PLUGIN_CACHE_DIR: "",
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1",
    CHECKPOINT_DISABLE: "1",
    CI: "1",
    HOME: home,
  };
}
