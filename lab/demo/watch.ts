import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../../server/http/status.ts";
import { isServed } from "../../server/roll-call/plan.ts";
import type { Say } from "./say.ts";
import type { Rollcall } from "./server.ts";

/** Prints a line for each new version, with the replicas that joined and left, until the signal aborts. */
export async function watch(rollcall: Rollcall, say: Say, signal: AbortSignal): Promise<never> {
  let before = await rollcall.status();
  for (;;) {
    await sleep(200, undefined, { signal });
    const now = await rollcall.status();
    if (now.version !== before.version)
      say.plain(
        `   ${new Date().toTimeString().slice(0, 8)}  version ${now.version.slice(0, 12)}  ${change(before, now)}`,
      );
    before = now;
  }
}

function change(before: Status, now: Status): string {
  if (now.status === 423)
    return `locked: ${now.waiting.map(({ replica, reason }) => `${replica} ${reason}`).join(", ")}`;
  const [was, is] = [served(before), served(now)];
  const words = [
    ...[...is].filter(([name]) => !was.has(name)).map(([name]) => `${name} joined`),
    ...[...was].filter(([name]) => !is.has(name)).map(([name]) => `${name} left${why(now, name)}`),
    ...[...is].filter(([name, at]) => was.has(name) && was.get(name) !== at).map(([name, at]) => `${name} is at ${at}`),
  ];
  const counts = now.groups.map(({ name, present, declared }) => `${name} ${present}/${declared}`);
  return `${words.join(", ") || "settings"}  (${counts.join(", ")})`;
}

function served({ groups }: Status): Map<string, string | null> {
  const rows = groups.flatMap(({ replicas }) => replicas);
  const members = rows.filter(({ state }) => isServed(state));
  return new Map(members.map(({ replica, address }) => [replica, address]));
}

function why({ groups }: Status, name: string): string {
  const row = groups.flatMap(({ replicas }) => replicas).find(({ replica }) => replica === name);
  return row?.reason ? ` (${row.reason})` : "";
}
