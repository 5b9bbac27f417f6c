import { plural } from "../files/format-problems.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { readDirectory } from "../files/read-directory.ts";
import type { Config } from "../server/config.ts";
import { type DeclaredGroup, parseGroups } from "../shared/parse-groups.ts";
import type { SynthesisedStack } from "../stacks/synthesise.ts";
import { groupContext } from "./group-context.ts";

export interface SynthOptions {
  readonly config: Config;
  /** The directory that CDKTF's own command asks for. @default as configured */
  readonly output?: string | undefined;
}

export interface Synthesis {
  readonly groups: readonly DeclaredGroup[];
  readonly stacks: readonly SynthesisedStack[];
}

/** The groups to create instances from. Throws ProblemsError with every problem of every file. */
export async function readFleet(config: Config): Promise<readonly DeclaredGroup[]> {
  const reading = await readDirectory(config.groups);
  const loaded = parseGroups(reading, groupContext(config, true));
  if (!loaded.ok) throw new ProblemsError(loaded.problems);
  if (loaded.groups.length > 0) return loaded.groups;
  const message = "declares no group; put a file there, such as web.yaml. `replicas: 0` creates no instance";
  throw new ProblemsError([{ file: config.groups, path: "", message }]);
}

/** Writes Terraform's configuration from the group files, one stack for each source. Nothing is written if the files have a problem. */
export async function synth({ config, output = config.stacks.output }: SynthOptions): Promise<Synthesis> {
  const groups = await readFleet(config);
  const { synthesise } = await loadStacks();
  return { groups, stacks: synthesise({ groups, sources: config.sources, backend: config.stacks.backend, output }) };
}

export async function synthVerb(options: SynthOptions & { readonly write: (text: string) => void }): Promise<void> {
  const { groups, stacks } = await synth(options);
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
