import { setTimeout as sleep } from "node:timers/promises";
import { readDirectory } from "../files/read-directory.ts";
import { steadyNow } from "../files/steady-now.ts";
import type { Config } from "../server/config.ts";
import type { Status } from "../server/http/status.ts";
import { groupListing } from "../shared/instance-contents.ts";
import { type DeclaredGroup, parseGroups } from "../shared/parse-groups.ts";
import { askStatus } from "./ask-server.ts";
import { exitCodes } from "./exit-codes.ts";
import { groupContext } from "./group-context.ts";
import { type Demand, notReadYet, rollCallOf, type Standing, standingOf } from "./standing.ts";

export interface WaitOptions extends Demand {
  readonly config: Config;
  /** In milliseconds. */
  readonly timeout: number;
  /** Called with a line of progress each time it changes. */
  readonly say: (line: string) => void;
  /** Ends the wait with a throw. */
  readonly signal?: AbortSignal;
  /** How long it has to stay complete, in milliseconds. @default 0 */
  readonly steady?: number;
}

/**
 * Waits until every replica of the groups is present and served; of all groups if none is named. Returns the exit code. Throws if
 * neither the server nor a file has a group of that name.
 */
export async function waitForComplete(options: WaitOptions & { readonly groups: readonly string[] }): Promise<number> {
  const { config, groups: names } = options;
  const inFiles = names.length > 0 ? await declaredIn(config) : [];
  return waitUntil(options, (status, demand) => {
    const unread = inFiles.filter((name) => names.includes(name) && status.groups.every((row) => row.name !== name));
    return unread.length > 0 ? notReadYet(unread) : standingOf(status, names, demand);
  });
}

/**
 * Waits until the server has read the groups as they are declared, and every replica of them is present, served and made from
 * what they declare. Returns the exit code.
 */
export function waitForRollCall(
  options: WaitOptions & { readonly expected: readonly DeclaredGroup[] },
): Promise<number> {
  // What every poller has to have got, every Traefik whose API is known has to run.
  return waitUntil({ ...options, traefiks: options.pollers }, (status, demand) =>
    rollCallOf(status, options.expected, demand),
  );
}

async function waitUntil(
  { config, timeout, say, signal, steady = 0, allowStale, pollers, traefiks, refreshed }: WaitOptions,
  standing: (status: Status, demand: Demand) => Standing,
): Promise<number> {
  const until = steadyNow() + timeout;
  let since: number | undefined;
  for (let said = ""; ; ) {
    // Other changes make new versions too: once this one was fetched, the pollers don't matter any more.
    const reached = since === undefined ? { pollers, traefiks } : {};
    const demand: Demand = { allowStale, refreshed, ...reached };
    const { done, line } = await askStatus(config).then(
      (status) => standing(status, demand),
      (error: Error) => ({ done: false, line: error.message }),
    );
    if (line !== said) say(line);
    said = line;
    since = done ? (since ?? steadyNow()) : undefined;
    if (since !== undefined && steadyNow() - since >= steady) return exitCodes.ok;
    if (steadyNow() >= until) {
      say(`not complete after ${timeout / 1000} s: ${line}`);
      return exitCodes.timeout;
    }
    await sleep(Math.min(200, Math.max(1, until - steadyNow())), undefined, signal && { signal });
  }
}

/** The groups of the files: the server may not have read a new one yet. */
async function declaredIn(config: Config): Promise<readonly string[]> {
  const loaded = parseGroups(await readDirectory(config.groups, groupListing), groupContext(config));
  return loaded.ok ? loaded.groups.map(({ name }) => name) : [];
}
