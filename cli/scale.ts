import { harmless } from "../files/harmless.ts";
import type { GroupContext } from "../shared/parse-groups.ts";
import { editGroups } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";

/** The number of replicas that a group should have. */
export interface Scaling {
  readonly group: string;
  readonly replicas: number;
}

export interface ScaleOptions {
  readonly directory: string;
  readonly context: GroupContext;
  readonly changes: readonly Scaling[];
  readonly write: (text: string) => void;
}

/**
 * Changes the number of replicas in group files, and writes a line for each group. Returns the exit code. Throws an Error, or a
 * ProblemsError with what would be wrong with the files; then no file is changed.
 */
export async function scale({ directory, context, changes, write }: ScaleOptions): Promise<number> {
  const edited = await editGroups({
    directory,
    context,
    changes: changes.map(({ group, replicas }) => ({ group, path: ["replicas"], value: replicas })),
  });
  await edited.write();
  for (const [index, { group, before, file, line }] of edited.changes.entries()) {
    const replicas = changes[index]?.replicas;
    const place = harmless(line === undefined ? file : `${file}:${line}`);
    const old = before === undefined || before === null ? "none" : harmless(String(before));
    write(before === replicas ? `${group}: already ${replicas}\n` : `${group}: ${old} -> ${replicas} (${place})\n`);
  }
  return exitCodes.ok;
}
