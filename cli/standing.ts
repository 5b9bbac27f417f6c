import { didYouMean } from "../files/did-you-mean.ts";
import { harmless } from "../files/harmless.ts";
import type { GroupRow, Status } from "../server/http/status.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";

/** Whether a wait is over, and a line of progress. */
export interface Standing {
  readonly done: boolean;
  readonly line: string;
}

/** What has to be true besides the roll call. */
export interface Demand {
  /** Whether what a source said last counts while it can't be read. @default false */
  readonly allowStale?: boolean | undefined;
  /** How many pollers have to have fetched the newest version: at least so many, and every live one. @default they don't matter */
  readonly pollers?: number | undefined;
  /** How many Traefiks of `traefik.api` have to run it: at least so many, and every one that answers. @default they don't matter */
  readonly traefiks?: number | undefined;
  /** Replicas that must not be of an older image. @default none */
  readonly refreshed?: readonly string[] | undefined;
}

/** The rows of the groups with these names, of all groups without a name. Throws if the server has no such group. */
export function groupsNamed<T extends { readonly name: string }>(groups: readonly T[], names: readonly string[]): T[] {
  const known = groups.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`the server has no group ${unknown}${hint(unknown, known)}`);
  return groups.filter(({ name }) => names.length === 0 || names.includes(name));
}

function hint(unknown: string, known: readonly string[]): string {
  const few = known.length > 10 ? [...known.slice(0, 10), "..."] : known;
  return didYouMean(unknown, known) || `; it has ${few.join(", ") || "none"}`;
}

/** How far the server is with the groups of these names, of all groups without a name. Throws as `groupsNamed`. */
export function standingOf(status: Status, names: readonly string[], demand: Demand = {}): Standing {
  const groups = groupsNamed(status.groups, names);
  return standing(status, groups, groups.length > 0, demand);
}

/** How far the server is with groups that were just applied. */
export function rollCallOf(status: Status, expected: readonly DeclaredGroup[], demand: Demand = {}): Standing {
  const rows = expected.map(({ name, replicas }) =>
    status.groups.find((row) => row.name === name && row.declared === replicas),
  );
  const unread = expected.filter((_, index) => rows[index] === undefined).map(({ name }) => name);
  if (unread.length > 0) return notReadYet(unread);
  const read = rows.filter((row) => row !== undefined);
  const { refreshed = [] } = demand;
  const current = read.every(({ replicas }) =>
    replicas.every(
      ({ replica, spec, image }) => spec !== "outdated" && !(image === "older" && refreshed.includes(replica)),
    ),
  );
  return standing(status, read, current, demand);
}

export function notReadYet(names: readonly string[]): Standing {
  return { done: false, line: harmless(`the server has not read ${names.join(", ")} yet`) };
}

function standing(status: Status, groups: readonly GroupRow[], isMet: boolean, demand: Demand): Standing {
  const isComplete = status.state === "ready" && groups.every((group) => isWhole(group, demand));
  const lacking = [
    ...(demand.allowStale ? [] : unconfirmed(status, groups)),
    ...unfetched(status, demand),
    ...unapplied(status, demand),
  ];
  return { done: isMet && isComplete && lacking.length === 0, line: [lineOf(groups), ...lacking].join("; ") };
}

function isWhole({ pending, present, declared, replicas }: GroupRow, { allowStale }: Demand): boolean {
  const asLastSeen = replicas.filter(({ state, reason }) => state === "member" || isUnread(state, reason)).length;
  return pending === null && (allowStale ? Math.max(present, asLastSeen) : present) >= declared;
}

const isUnread = (state: string, reason: string | null | undefined) => state === "kept" && reason === "not-read";

/** The sources on which a group has replicas, or expects them. */
export function sourcesIn({ source, replicas }: GroupRow): string[] {
  return source === null ? [...new Set(replicas.map((row) => row.source))] : [source];
}

/** The sources of groups that can't be read, each once: nothing confirms what the server says of their instances. */
export function unconfirmed({ stale }: Pick<Status, "stale">, groups: readonly GroupRow[]): string[] {
  const problems = stale.flatMap(({ source, project, problem }) =>
    groups.some((group) => group.project === project && sourcesIn(group).includes(source))
      ? [[source, `not confirmed: source ${source}: ${problem}`] as const]
      : [],
  );
  return [...new Map(problems).values()];
}

/** Which pollers have not fetched the newest version yet, as a phrase. */
export function unfetched({ settling, pollers: all }: Status, demand: Demand): string[] {
  if (demand.pollers === undefined) return [];
  const pollers = all.filter(({ live }) => live);
  if (settling) return ["the newest version is about to be published"];
  if (pollers.length < demand.pollers) return ["no Traefik polls"];
  const late = pollers.filter(({ current }) => !current).map(({ name, address }) => name ?? address);
  return late.length === 0 ? [] : [`not fetched yet by ${late.join(", ")}`];
}

/** Which Traefiks of `traefik.api` do not run the newest version yet, as phrases. Throws with the cure if one has to and the server knows none. */
export function unapplied({ traefiks: all }: Status, { traefiks: least }: Demand): string[] {
  if (least === undefined) return [];
  if (all.length < least)
    throw new Error(
      "the server knows no Traefik: set traefik.api in rollcall.yaml to the address of Traefik's API, and restart it",
    );
  const nameOf = ({ name, url }: Status["traefiks"][number]) => harmless(name ?? url);
  const gone = all.filter(({ answering }) => !answering);
  const there = all.filter(({ answering }) => answering);
  const late = there.filter(({ current }) => !current).map(nameOf);
  if (there.length < least)
    return [`no Traefik answers: ${gone.map((one) => `${nameOf(one)}: ${one.problem}`).join(", ")}`];
  return late.length === 0 ? [] : [`not applied yet by ${late.join(", ")}`];
}

function lineOf(groups: readonly GroupRow[]): string {
  const counts = groups.map(({ name, present, declared }) => `${name} ${present}/${declared}`).join(", ");
  const why = groups.flatMap(({ replicas }) =>
    replicas.flatMap(({ replica, reason, spec }) => {
      if (reason === "not-read") return [];
      if (reason !== null) return [`${replica} ${reason}`];
      return spec === "outdated" ? [`${replica} outdated`] : [];
    }),
  );
  return `${counts || "no group is declared"}${why.length > 0 ? `: ${why.join(", ")}` : ""}`;
}
