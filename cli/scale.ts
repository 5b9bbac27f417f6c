import { harmless } from "../files/harmless.ts";
import type { GroupContext } from "../shared/parse-groups.ts";
import { type EditedGroups, editGroups, type MadeChange } from "./edit/group-file.ts";

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
 * The number of replicas changed in group files. Nothing is written yet; `write` writes a line for each group, too. Throws an Error, or
 * a ProblemsError with what would be wrong with the files.
 */
export async function scale({ directory, context, changes, write }: ScaleOptions): Promise<EditedGroups> {
  const edited = await editGroups({
    directory,
    context,
    changes: changes.map(({ group, replicas }) => ({ group, path: ["replicas"], value: replicas })),
  });
  return {
    ...edited,
    async write() {
      await edited.write();
      for (const [index, made] of edited.changes.entries()) write(line(made, changes[index]?.replicas));
    },
  };
}

function line({ group, before, file, line }: MadeChange, replicas: number | undefined): string {
  const place = harmless(line === undefined ? file : `${file}:${line}`);
  const old = before === undefined || before === null ? "none" : harmless(String(before));
  return before === replicas ? `${group}: already ${replicas}\n` : `${group}: ${old} -> ${replicas} (${place})\n`;
}
