import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../server/config.ts";
import type { Status } from "../server/http/status.ts";
import { askStatus } from "./ask.ts";
import { exitCodes } from "./exit-codes.ts";

export interface WaitOptions {
  readonly config: Config;
  /** All of them when empty. */
  readonly groups: readonly string[];
  /** In milliseconds. */
  readonly timeout: number;
  /** Takes a line of progress each time it changes. */
  readonly say: (line: string) => void;
}

/** Waits until every replica of the groups is present and served. Returns the exit code. */
export async function waitForComplete({ config, groups, timeout, say }: WaitOptions): Promise<number> {
  const until = Date.now() + timeout;
  for (let said = ""; ; ) {
    const { done, line } = await progress(config, groups);
    if (line !== said) say(line);
    said = line;
    if (done) return exitCodes.ok;
    if (Date.now() >= until) {
      say(`not complete after ${timeout / 1000} s: ${line}`);
      return exitCodes.timeout;
    }
    await sleep(Math.min(200, Math.max(1, until - Date.now())));
  }
}

async function progress(config: Config, names: readonly string[]): Promise<{ done: boolean; line: string }> {
  let status: Status;
  try {
    status = await askStatus(config);
  } catch (error) {
    return { done: false, line: (error as Error).message };
  }
  const unknown = names.filter((name) => !status.groups.some((group) => group.name === name));
  if (unknown.length > 0) return { done: false, line: `not declared: ${unknown.join(", ")}` };
  const groups = status.groups.filter(({ name }) => names.length === 0 || names.includes(name));
  const done =
    status.state === "ready" &&
    groups.length > 0 &&
    groups.every((one) => one.pending === null && one.present >= one.declared);
  const counts = groups.map(({ name, present, declared }) => `${name} ${present}/${declared}`).join(", ");
  const why = groups.flatMap(({ replicas }) =>
    replicas.flatMap(({ replica, reason }) => (reason === null ? [] : [`${replica} ${reason}`])),
  );
  return { done, line: `${counts || "no group is declared"}${why.length > 0 ? `: ${why.join(", ")}` : ""}` };
}
