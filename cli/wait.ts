import { setTimeout as sleep } from "node:timers/promises";
import { harmless } from "../files/harmless.ts";
import type { Config } from "../server/config.ts";
import type { GroupRow, Status } from "../server/http/status.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { askStatus } from "./ask-server.ts";
import { exitCodes } from "./exit-codes.ts";

export interface WaitOptions {
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

/** Whether the wait is over, and a line of progress. */
export interface Standing {
  readonly done: boolean;
  readonly line: string;
}

/** Waits until every replica of the groups is present and served; of all groups if none is named. Returns the exit code. */
export function waitForComplete(options: WaitOptions & { readonly groups: readonly string[] }): Promise<number> {
  return waitUntil(options, (status) => completeness(status, options.groups));
}

/**
 * Waits until the server has read the groups as they are declared, and every replica of them is present, served and made from
 * what they declare. Returns the exit code.
 */
export function waitForRollCall(
  options: WaitOptions & { readonly expected: readonly DeclaredGroup[] },
): Promise<number> {
  return waitUntil(options, (status) => rollCallOf(status, options.expected));
}

async function waitUntil(
  { config, timeout, say, signal, steady = 0 }: WaitOptions,
  standingOf: (status: Status) => Standing,
): Promise<number> {
  const until = Date.now() + timeout;
  let since: number | undefined;
  for (let said = ""; ; ) {
    const { done, line } = await askStatus(config).then(standingOf, (error: Error) => ({
      done: false,
      line: error.message,
    }));
    if (line !== said) say(line);
    said = line;
    since = done ? (since ?? Date.now()) : undefined;
    if (since !== undefined && Date.now() - since >= steady) return exitCodes.ok;
    if (Date.now() >= until) {
      say(`not complete after ${timeout / 1000} s: ${line}`);
      return exitCodes.timeout;
    }
    await sleep(Math.min(200, Math.max(1, until - Date.now())), undefined, signal && { signal });
  }
}

function completeness({ state, groups }: Status, names: readonly string[]): Standing {
  const unknown = names.filter((name) => !groups.some((group) => group.name === name));
  if (unknown.length > 0) return { done: false, line: harmless(`not declared: ${unknown.join(", ")}`) };
  const meant = groups.filter(({ name }) => names.length === 0 || names.includes(name));
  return { done: state === "ready" && meant.length > 0 && meant.every(isComplete), line: lineOf(meant) };
}

/** How far the server is with groups that were just applied. */
export function rollCallOf({ state, groups }: Status, expected: readonly DeclaredGroup[]): Standing {
  const rows = expected.map(({ name, replicas }) =>
    groups.find((row) => row.name === name && row.declared === replicas),
  );
  const unread = expected.filter((_, index) => rows[index] === undefined).map(({ name }) => name);
  if (unread.length > 0) return { done: false, line: `the server has not read ${unread.join(", ")} yet` };
  const read = rows.filter((row) => row !== undefined);
  const current = read.every(({ replicas }) => replicas.every(({ spec }) => spec !== "outdated"));
  return { done: state === "ready" && current && read.every(isComplete), line: lineOf(read) };
}

function isComplete({ pending, present, declared }: GroupRow): boolean {
  return pending === null && present >= declared;
}

function lineOf(groups: readonly GroupRow[]): string {
  const counts = groups.map(({ name, present, declared }) => `${name} ${present}/${declared}`).join(", ");
  const why = groups.flatMap(({ replicas }) =>
    replicas.flatMap(({ replica, reason, spec }) => {
      if (reason !== null) return [`${replica} ${reason}`];
      return spec === "outdated" ? [`${replica} outdated`] : [];
    }),
  );
  return `${counts || "no group is declared"}${why.length > 0 ? `: ${why.join(", ")}` : ""}`;
}
