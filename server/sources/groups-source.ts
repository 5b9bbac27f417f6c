import type { Logger } from "pino";
import { guarded } from "../../files/fault.ts";
import { loses } from "../../files/loses.ts";
import { parseOnce } from "../../files/parse-once.ts";
import { problemLine } from "../../files/problem.ts";
import { groupListing } from "../../shared/instance-contents.ts";
import { type DeclaredGroup, type GroupContext, groupFileReader, parseGroups } from "../../shared/parse-groups.ts";
import type { Declared } from "../roll-call/declared.ts";
import { createDirectorySource, type DirectorySource } from "./directory-source.ts";

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
}: GroupsSourceOptions): DirectorySource<Declared> {
  const parse = parseOnce(groupFileReader(context));
  return createDirectorySource<Declared>({
    name: "groups",
    directory,
    listing: groupListing,
    first: { directory, groups: kept, problem: undefined },
    resync,
    log,
    judge(reading, before, unsettled) {
      const loaded = guarded(
        () => parseGroups(reading, context, parse),
        (fault) => ({ ok: false, problems: [{ file: directory, path: "", message: fault }] }) as const,
      );
      const none = optional && before.groups.length === 0 && (loaded.ok || reading.absent);
      const declared = loaded.ok && (loaded.groups.length > 0 || none) ? loaded.groups : none ? [] : undefined;
      const groups = declared ?? before.groups;
      const refused = loaded.ok ? [`${directory} declares no group`] : loaded.problems.map(problemLine);
      const problems = [...(declared ? [] : refused), ...unsettled];
      const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
      const stays = !declared && groups.length > 0 ? "; the previous groups stay" : "";
      return {
        state: { directory, groups, problem: problems.length > 0 ? `${problems[0]}${more}${stays}` : undefined },
        problems,
        counts: { groups: groups.length, refused: declared === undefined },
      };
    },
    removes: (before, after) => loses(servedParts(before), servedParts(after)),
  });
}

/** By group: what Traefik is given of it. */
function servedParts({ groups }: Declared) {
  return Object.fromEntries(
    groups.map(({ name, service, router }) => [name, router ? { service, router } : { service }]),
  );
}
