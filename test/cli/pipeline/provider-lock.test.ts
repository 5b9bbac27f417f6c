import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { keepProviderLock } from "../../../cli/pipeline/provider-lock.ts";

const at = mkdtempSync(join(tmpdir(), "rollcall-lock-"));
afterEach(() => rmSync(at, { recursive: true, force: true }));

test("the stacks of two platforms keep the lock of both providers in one file, whichever is planned last", async () => {
  const head = "# This file is maintained automatically.\n\n";
  const block = (address: string, version = "1.1.1") =>
    `provider "registry.terraform.io/${address}" {\n  version = "${version}"\n  hashes = [\n    "h1:x",\n  ]\n}\n`;
  const [lxd, incus, newer] = [block("terraform-lxd/lxd"), block("lxc/incus"), block("lxc/incus", "1.1.2")];
  const kept = join(at, "kept.hcl");
  const stack = { name: "local", directory: join(at, "stack"), platform: "lxd" } as const;
  mkdirSync(stack.directory);
  const after = async (...blocks: string[]) => {
    writeFileSync(join(stack.directory, ".terraform.lock.hcl"), head + blocks.join("\n"));
    expect(await keepProviderLock(kept, stack)).toBe(undefined);
    return readFileSync(kept, "utf8");
  };
  expect(await after(lxd)).toBe(head + lxd);
  expect(await after(incus)).toBe(`${head}${incus}\n${lxd}`);
  expect(await after(lxd)).toBe(`${head}${incus}\n${lxd}`);
  expect(await after(newer)).toBe(`${head}${newer}\n${lxd}`);
  expect(await after(lxd, newer)).toBe(`${head}${lxd}\n${newer}`);
});
