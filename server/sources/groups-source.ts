import type { Logger } from "pino";
import { guarded } from "../../files/fault.ts";
import { problemLine } from "../../files/problem.ts";
import { type DeclaredGroup, type GroupContext, parseGroups } from "../../shared/parse-groups.ts";
import type { Declared } from "../roll-call/declared.ts";
import { createDirectorySource } from "./directory-source.ts";
import type { Source } from "./source.ts";

export interface GroupsSourceOptions {
  readonly directory: string;
  readonly context: GroupContext;
  /** The groups that an earlier run declared last. They hold until a good reading. */
  readonly kept: readonly DeclaredGroup[];
  /** Whether there may be none, because instances declare themselves. */
  readonly optional: boolean;
  readonly resync: number;
  readonly log: Logger;
}

/**
 * The group files as a source. A reading with a problem, or without any group, is refused: the previous groups stay, and
 * the report says why.
 */
export function createGroupsSource({
  directory,
  context,
  kept,
  optional,
  resync,
  log,
}: GroupsSourceOptions): Source<Declared> {
  return createDirectorySource<Declared>({
    name: "groups",
    directory,
    first: { directory, groups: kept, problem: undefined },
    resync,
    log,
    judge(reading, before) {
      const loaded = guarded(
        () => parseGroups(reading, context),
        (fault) => ({ ok: false, problems: [{ file: directory, path: "", message: fault }] }) as const,
      );
      const none = optional && before.groups.length === 0 && (loaded.ok || reading.absent);
      const declared = loaded.ok && (loaded.groups.length > 0 || none) ? loaded.groups : none ? [] : undefined;
      log.info({ groups: (declared ?? before.groups).length, refused: declared === undefined }, "groups read");
      if (declared) return { directory, groups: declared, problem: undefined };
      const lines = loaded.ok ? [`${directory} declares no group`] : loaded.problems.map(problemLine);
      for (const line of lines) log.error({ directory }, line);
      const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
      const stays = before.groups.length > 0 ? "; the previous groups stay" : "";
      return { directory, groups: before.groups, problem: `${lines[0]}${more}${stays}` };
    },
  });
}
