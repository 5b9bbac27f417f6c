import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorWords } from "../../files/system-error.ts";
import { writeWhole } from "../../files/write-whole.ts";
import type { SynthesisedStack } from "../../stacks/synthesise.ts";

/** Terraform's name of the file in which it keeps the version and the checksums of each provider. */
const name = ".terraform.lock.hcl";

/**
 * Gives a stack the lock file that is kept next to the configuration: `terraform init` then takes no other provider. If none is kept yet,
 * the one that an earlier `terraform init` left in the stack is kept from now on.
 */
export async function lendProviderLock(kept: string, stack: SynthesisedStack): Promise<void> {
  const bytes = await read(kept);
  if (!bytes) return void (await keepProviderLock(kept, stack));
  const file = join(stack.directory, name);
  await rm(file, { force: true });
  await writeFile(file, bytes, { mode: 0o600, flag: "wx" });
}

/**
 * Keeps what `terraform init` has made of a stack's lock file, and what is kept of other providers: terraform removes what the stack does
 * not need. Returns why that can't be written, if it can't.
 */
export async function keepProviderLock(kept: string, { directory }: SynthesisedStack): Promise<string | undefined> {
  const [own, before] = [await read(join(directory, name)), await read(kept)];
  const bytes = own && withOthers(own, before);
  if (!bytes || before?.equals(bytes)) return undefined;
  try {
    await writeWhole(kept, bytes, 0o644);
    return undefined;
  } catch (error) {
    return `the checksums of the provider are not kept: ${errorWords(error)}. stacks.lockFile can name another place`;
  }
}

function withOthers(own: Buffer, before: Buffer | undefined): Buffer {
  const [blocks, all] = [blocksOf(own), new Map([...blocksOf(before ?? Buffer.of()), ...blocksOf(own)])];
  if (all.size === blocks.size) return own;
  const head = own.toString().replace(/^provider "[\s\S]*/m, "");
  return Buffer.from(
    head +
      [...all.keys()]
        .sort()
        .map((provider) => all.get(provider))
        .join("\n"),
  );
}

/** The providers of a lock file, by their addresses. */
function blocksOf(file: Buffer): Map<string, string> {
  const found = file.toString().matchAll(/^provider "([^"]+)" \{$[\s\S]*?^\}\n/gm);
  return new Map([...found].map(([block, address = ""]) => [address, block]));
}

async function read(file: string): Promise<Buffer | undefined> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new Error(`stacks.lockFile ${file}: ${errorWords(error)}`);
  });
}
