import { plural } from "../files/format-problems.ts";
import { ProblemsError } from "../files/problems-error.ts";
import { readDirectory } from "../files/read-directory.ts";
import type { Config } from "../server/config.ts";
import { groupListing } from "../shared/instance-contents.ts";
import { parseGroups } from "../shared/parse-groups.ts";
import { askStatus } from "./ask-server.ts";
import { noGroup } from "./edit/group-file.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";
import { graceOption } from "./options.ts";
import { type Gap, rolloutGaps } from "./pipeline/rollout-gaps.ts";
import { unfetched } from "./standing.ts";

const usualGrace = graceOption().defaultValue as number;

export interface CheckRolloutOptions {
  readonly config: Config;
  /** @default every group */
  readonly groups: readonly string[];
  readonly write: (text: string) => void;
}

/**
 * Says for each group what keeps a rollout from being gapless, with the cure: by its file, and whether a Traefik polls the running server.
 * Returns the exit code: 1 if there is anything. Throws if no file has a group of that name.
 */
export async function checkRollout({ config, groups: names, write }: CheckRolloutOptions): Promise<number> {
  const loaded = parseGroups(await readDirectory(config.groups, groupListing), groupContext(config));
  if (!loaded.ok) throw new ProblemsError(loaded.problems);
  const all = loaded.groups;
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(noGroup(config.groups, unknown, known));
  let count = 0;
  const tell = (about: string, { why, cure }: Gap) => {
    count++;
    write(`${about}: ${why}: ${cure}\n`);
  };
  for (const group of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
    if (group.selector) write(`${group.name}: has a selector: its instances are created elsewhere\n`);
    for (const gap of rolloutGaps(group, usualGrace)) tell(group.name, gap);
  }
  const gap = await askStatus(config).then(
    (status): Gap | undefined =>
      unfetched({ ...status, settling: false }, { pollers: 1 }).includes("no Traefik polls")
        ? { why: "no Traefik polls, so nothing confirms that it has let a replica go", cure: "see `rollcall status`" }
        : undefined,
    (error: Error): Gap => ({ why: "whether a Traefik polls is not known", cure: error.message }),
  );
  if (gap) tell("server", gap);
  write(
    count > 0
      ? `FAILED: ${plural(count, "thing")} may make a rollout noticed\n`
      : `OK: gapless, while requests take less than --grace (${usualGrace / 1000} s) and nobody says --no-drain\n`,
  );
  return count > 0 ? exitCodes.error : exitCodes.ok;
}
