import { plural } from "../files/format-problems.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { readDirectory } from "../files/read-directory.ts";
import type { Config } from "../server/config.ts";
import { groupListing } from "../shared/instance-contents.ts";
import { type DeclaredGroup, parseGroups } from "../shared/parse-groups.ts";
import type { SynthesisedStack } from "../stacks/synthesise.ts";
import { groupContext } from "./group-context.ts";
import { lendProviderLock } from "./pipeline/provider-lock.ts";
import { underLock } from "./under-lock.ts";

export interface SynthOptions {
  readonly config: Config;
  /** The directory that CDKTF's own command asks for. @default as configured */
  readonly output?: string | undefined;
  /** @default what the group files declare */
  readonly groups?: readonly DeclaredGroup[] | undefined;
}

export interface Synthesis {
  readonly groups: readonly DeclaredGroup[];
  readonly stacks: readonly SynthesisedStack[];
}

/** The groups to create instances from. Throws ProblemsError with every problem of every file. */
export async function readFleet(config: Config): Promise<readonly DeclaredGroup[]> {
  const reading = await readDirectory(config.groups, groupListing);
  const loaded = parseGroups(reading, groupContext(config, true));
  if (!loaded.ok) throw new ProblemsError(loaded.problems);
  if (loaded.groups.length > 0) return loaded.groups;
  const message = "declares no group; put a file there, such as web.yaml. `replicas: 0` creates no instance";
  throw new ProblemsError([{ file: config.groups, path: "", message }]);
}

/**
 * Writes Terraform's configuration from the group files, one stack for each source, with the lock file of the providers if there is one.
 * Nothing is written if the files have a problem.
 */
export async function synth(options: SynthOptions): Promise<Synthesis> {
  const { config, output = config.stacks.output, groups = await readFleet(config) } = options;
  const { synthesise } = await loadStacks();
  const { backend, lockFile } = config.stacks;
  const stacks = synthesise({ groups, sources: config.sources, backend, output });
  for (const stack of stacks) await lendProviderLock(lockFile, stack);
  return { groups, stacks };
}

export interface SynthVerbOptions extends SynthOptions {
  readonly write: (text: string) => void;
  readonly say: (line: string) => void;
}

export async function synthVerb(options: SynthVerbOptions): Promise<void> {
  const { config, output: directory = config.stacks.output, say } = options;
  const { groups, stacks } = await underLock({ directory, verb: "synth", say }, () => synth(options));
  const replicas = groups.reduce((sum, group) => sum + (group.selector ? 0 : group.replicas), 0);
  options.write(`${plural(groups.length, "group")}, ${plural(replicas, "instance")}\n`);
  for (const { name, directory } of stacks) options.write(`${name}: ${directory}/cdk.tf.json\n`);
}

/** CDKTF takes half a second to load, and an installation that only serves does not have it. */
async function loadStacks() {
  try {
    return await import("../stacks/synthesise.ts");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const cure = "run npm ci, without --omit=dev, in the checkout that you deploy from";
    throw new Error(
      `CDKTF or its bindings of the provider are not installed here (${(error as Error).message}): ${cure}`,
    );
  }
}
