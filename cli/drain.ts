import { setTimeout as sleep } from "node:timers/promises";
import { steadyNow } from "../files/steady-now.ts";
import type { Config } from "../server/config.ts";
import type { MarkRow } from "../server/http/mark-rows.ts";
import type { Status } from "../server/http/status.ts";
import type { Drained, TakenBack } from "../server/marks/drains.ts";
import { markKey } from "../server/roll-call/marks.ts";
import { isServed } from "../server/roll-call/plan.ts";
import { askStatus, askToWrite } from "./ask-server.ts";
import { exitCodes } from "./exit-codes.ts";

/** The replicas that the server has in the load balancer. */
export function servedIn({ groups }: Status): ReadonlySet<string> {
  const rows = groups.flatMap(({ replicas }) => replicas.filter(({ state }) => isServed(state)));
  return new Set(rows.map(({ replica }) => replica));
}

export interface DrainOptions {
  readonly config: Config;
  /** Words that the server reads: names, or `SOURCE/PROJECT/INSTANCE`. */
  readonly targets: readonly string[];
  /** Who drains. */
  readonly by: string;
  /** Times are in milliseconds. How long requests in flight are given. */
  readonly grace: number;
  /** How long it may take until they are drained. */
  readonly timeout: number;
  /** How long the marks hold. */
  readonly holds: number;
  /** Whether a group may be left without any member. */
  readonly force: boolean;
  /** Whether names that nothing has are ignored. */
  readonly ifPresent: boolean;
  /** The URLs of peers that are not waited for. @default none */
  readonly withoutPeer?: readonly string[] | undefined;
  /** Takes each step, with the time since the beginning. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface DrainEnd {
  readonly code: number;
  /** The keys of the marks that are new. */
  readonly set: readonly string[];
}

/**
 * Has the server take instances out of the load balancer, and waits until no Traefik sends requests to them and those in flight had their
 * time. Their marks stay. Throws if the server refuses. `onSet` is called with the new marks before the wait.
 */
export async function drain(
  options: DrainOptions,
  onSet: (keys: readonly string[]) => void = () => {},
): Promise<DrainEnd> {
  const { config, targets, by, grace, holds, force, ifPresent, say } = options;
  const body = { targets, by, grace: `${grace}ms`, for: `${holds}ms`, force, ifPresent };
  const answer = await askToWrite<Drained & NotKept>(config, { method: "POST", path: "/api/drains", body });
  onSet(answer.set);
  for (const word of answer.ignored) say(`ignored: ${word}`);
  sayNotKept(answer, say);
  const keys = [...answer.set, ...answer.already];
  if (keys.length === 0) say("nothing to drain");
  return { code: await waitFor(keys, options), set: answer.set };
}

/** Ends drains: of what words name, or all. Throws if the server refuses. */
export async function undrain(
  config: Config,
  targets: readonly string[] | "all",
  { ifPresent, say }: Pick<DrainOptions, "ifPresent" | "say">,
): Promise<TakenBack> {
  const body = targets === "all" ? { all: true } : { targets, ifPresent };
  const answer = await askToWrite<TakenBack & NotKept>(config, { method: "DELETE", path: "/api/drains", body });
  sayNotKept(answer, say);
  return answer;
}

/** Why a change would not survive a restart of the server. */
interface NotKept {
  readonly notKept: string | null;
}

function sayNotKept({ notKept }: NotKept, say: DrainOptions["say"]) {
  if (notKept !== null) say(`a restart of the server would undo this, because it can't be written: ${notKept}`);
}

const pause = 100;

async function waitFor(keys: readonly string[], options: DrainOptions): Promise<number> {
  const { config, timeout, say, signal } = options;
  const without = new Set(options.withoutPeer?.map(bareUrl));
  const began = steadyNow();
  const said = new Map<string, string>();
  for (;;) {
    const now = await askStatus(config).then(
      (status) => standings(keys, status, without),
      (error: Error) => keys.map((key): Standing => ({ key, state: "waits", words: error.message })),
    );
    const news = now.filter(({ key, words }) => said.get(key) !== words);
    for (const { key, words } of news) said.set(key, words);
    const seconds = ((steadyNow() - began) / 1000).toFixed(1);
    for (const line of linesOf(news)) say(`${seconds.padStart(5)} s  ${line}`);
    if (now.some(({ state }) => state === "back")) return exitCodes.error;
    const waiting = now.filter(({ state }) => state === "waits");
    if (waiting.length === 0) return exitCodes.ok;
    if (steadyNow() - began >= timeout) {
      say(`not drained after ${timeout / 1000} s: ${linesOf(waiting).join("; ")}`);
      return exitCodes.timeout;
    }
    await sleep(pause, undefined, signal && { signal });
  }
}

interface Standing {
  readonly key: string;
  /** `back`: it is served again, so its mark has ended. */
  readonly state: "waits" | "over" | "back";
  readonly words: string;
}

function standings(keys: readonly string[], status: Status, without: ReadonlySet<string>): Standing[] {
  const rows = new Map<string, MarkRow>(status.marks.map((row) => [markKey(row), row]));
  const served = servedKeys(status);
  return keys.map((key) => {
    const row = rows.get(key);
    // All that is left then is what these peers' Traefiks may still send.
    if (row?.step === "waiting-for-peers" && row.waitsFor.every((url) => without.has(url)))
      return { key, state: "over", words: `drained here; not waited for: ${row.detail}` };
    if (row) return { key, state: row.step === "drained" ? "over" : "waits", words: row.detail };
    if (served.has(key))
      return { key, state: "back", words: "is served again: its drain was taken back, or its time is over" };
    return { key, state: "over", words: "is gone" };
  });
}

function servedKeys({ groups, labelled }: Status): Set<string> {
  const members = groups.flatMap(({ replicas }) =>
    replicas
      .filter(({ state }) => isServed(state))
      .map(({ replica: instance, source, project }) => markKey({ source, project, instance })),
  );
  return new Set([...members, ...labelled.filter(({ state }) => state !== "left-out" && isServed(state)).map(markKey)]);
}

/** A line for all of which the same is said. */
function linesOf(standings: readonly Standing[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { key, words } of standings) lines.set(words, [...(lines.get(words) ?? []), nameIn(key)]);
  return [...lines].map(([words, names]) => {
    const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
    return `${names.slice(0, 10).join(", ")}${more}: ${words}`;
  });
}

/** Throws if one of the URLs is not that of a peer. */
export function requirePeers({ peers }: Pick<Config, "peers">, urls: readonly string[] = []): void {
  const known = peers.map(({ url }) => bareUrl(url));
  const unknown = urls.filter((url) => !known.includes(bareUrl(url)));
  if (unknown.length === 0) return;
  const some = known.length > 0 ? `which has ${known.join(", ")}` : "which has none";
  throw new Error(`--without-peer ${unknown.join(" ")}: not one of peers in the configuration, ${some}`);
}

/** The URL of a peer as the server says it: without a slash at its end. */
function bareUrl(url: string): string {
  return url.replace(/\/+$/, "");
}

/** `local/default/web-1` is web-1. */
export function nameIn(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
