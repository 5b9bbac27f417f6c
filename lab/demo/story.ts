import { replicaNames } from "../../shared/replica-names.ts";
import type { Ending } from "./ending.ts";
import type { Fleet } from "./fleet.ts";
import type { Front, Reply } from "./front.ts";
import type { Hands } from "./hands.ts";
import { list, type Say, time } from "./say.ts";
import type { Rollcall } from "./server.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** The parts that the story needs. */
export interface Cast {
  readonly say: Say;
  readonly ending: Ending;
  readonly stage: Stage;
  readonly fleet: Fleet;
  readonly hands: Hands;
  readonly rollcall: Rollcall;
  readonly front: Front;
}

export async function tellOfTheLock({ say, ending, fleet, hands, rollcall, front }: Cast): Promise<void> {
  const late = hands.late(fleet).map(({ name }) => name);
  say.heading("The lock");
  say.tell(`${list(late)} are declared, but missing. rollcall does not serve half a fleet:`);
  const { status, waiting } = await until(
    "the lock names what is missing",
    async () => {
      const answered = await rollcall.document();
      return late.every((name) => answered.waiting.some(({ replica }) => replica === name)) ? answered : undefined;
    },
    ending,
  );
  say.command(`curl -i ${rollcall.endpoint}`);
  say.output(
    `HTTP/1.1 ${status} Locked`,
    ...waiting.map(({ replica, reason, detail }) => `${replica} ${reason}: ${detail}`),
  );
  if (front.traefik === undefined) return;
  say.tell("So Traefik has no route yet:");
  show(say, [await front.ask()]);
}

export async function tellOfTheUnlock({ say, ending, fleet, hands, rollcall, front }: Cast): Promise<void> {
  say.heading("The unlock");
  const answered = until(
    `an answer from ${front.name}`,
    async () => {
      const reply = await front.ask();
      return reply.status === 200 ? { reply, at: Date.now() } : undefined;
    },
    { signal: ending.signal, timeout: 60_000, gap: 5 },
  );
  const [{ reply, at }] = await Promise.all([answered, hands.make(hands.late(fleet))]);
  show(say, [reply]);
  const published = Date.parse((await rollcall.status()).published);
  say.measured(`${time(at - published)} from the unlock to the first answer from ${front.name}`);
}

export async function tellOfTheReplicas({ say, ending, rollcall, front, fleet }: Cast): Promise<void> {
  say.heading("Every replica answers");
  if (front.traefik === undefined) {
    say.command(`curl -s ${rollcall.endpoint} | grep -o 'http://[^"]*'`);
    say.output(...(await rollcall.document()).urls);
  }
  show(say, await askAll(front, replicaNames(fleet.hero)));
  if (front.visit === undefined) return;
  say.tell("The shop is two groups under one host; the path decides which of them answers:");
  for (const place of fleet.others) show(say, [await front.visit(place)]);
  await untilHeld(rollcall, ending);
  say.tell(
    "By now rollcall knows how often Traefik polls, and holds each poll until something changes, so that Traefik gets changes at once.",
  );
}

/** Waits until rollcall holds a poll from Traefik, so that the next change is sent at once. Gives up after 5 s: the story works without it. */
export async function untilHeld(rollcall: Rollcall, { signal }: Ending): Promise<void> {
  const held = async () => (await rollcall.status()).pollers.some((poller) => poller.held) || undefined;
  await until("a poll is held", held, { signal, timeout: 5000 }).catch(() => signal.throwIfAborted());
}

/** Prints replies, and a repeated command only once. */
export function show(say: Say, replies: readonly Reply[]): void {
  let before = "";
  for (const { command, status, text } of replies) {
    if (command !== before) say.command(command);
    before = command;
    say.output(status === 200 || text.startsWith(String(status)) ? text : `${status} ${text}`);
  }
}

export async function ask(front: Front, times: number): Promise<Reply[]> {
  const replies: Reply[] = [];
  while (replies.length < times) replies.push(await front.ask());
  return replies;
}

/** Asks until each of the replicas has answered. */
export async function askAll(front: Front, names: readonly string[]): Promise<Reply[]> {
  const replies: Reply[] = [];
  const missing = new Set(names);
  while (missing.size > 0) {
    if (replies.length > names.length * 20) throw new Error(`no answer from ${list([...missing])}`);
    const reply = await front.ask();
    replies.push(reply);
    missing.delete(nameIn(reply) ?? "");
  }
  return replies;
}

/** The replica that a reply is from. */
export function nameIn({ status, text }: Reply): string | undefined {
  return status === 200 ? text.split(" ")[0] : undefined;
}
