import { setTimeout as sleep } from "node:timers/promises";
import { replicaNames } from "../../shared/replica-names.ts";
import type { Reply } from "./front.ts";
import { list, time } from "./say.ts";
import { ask, type Cast, nameIn, show } from "./story.ts";
import { until } from "./until.ts";

const more = 2;

export async function tellOfTheScaling({ say, ending, stage, fleet, rollcall, front }: Cast): Promise<void> {
  const { hero, file } = fleet;
  const replicas = hero.replicas + more;
  const fresh = replicaNames({ name: hero.name, replicas }).slice(hero.replicas);
  say.heading(`${hero.name} grows from ${hero.replicas} to ${replicas}`);
  say.tell(`An edit of ${file}:`);
  const edited = Date.now();
  fleet.scale(replicas);
  say.output(`-replicas: ${hero.replicas}`, `+replicas: ${replicas}`);
  const { pending } = await until(
    "the edit is seen",
    async () => {
      const answered = await rollcall.document();
      return fresh.every((name) => answered.pending.includes(name)) ? answered : undefined;
    },
    ending,
  );
  say.command(`curl -si ${rollcall.endpoint} | grep Waiting`);
  say.output(`Rollcall-Waiting: ${pending.join(",")}`);
  say.tell(`${list(fresh)} are waited for, and the others go on serving:`);
  show(say, await ask(front, hero.replicas));

  say.command(...fresh.flatMap((name) => stage.typed.launch(name, hero)));
  const seen = new Map<string, Reply>();
  const served = until(
    `${list(fresh)} answer`,
    async () => {
      const reply = await front.ask();
      const name = nameIn(reply);
      if (name !== undefined) seen.set(name, reply);
      return fresh.every((one) => seen.has(one)) ? Date.now() : undefined;
    },
    { signal: ending.signal, timeout: 60_000, gap: 5 },
  );
  const [at] = await Promise.all([served, ...fresh.map((name) => stage.launch(name, hero))]);
  show(say, await ask(front, replicas));
  const published = Date.parse((await rollcall.status()).published);
  say.measured(
    `${time(at - published)} from the complete roll call to answers of ${list(fresh)}, ${time(at - edited)} from the edit`,
  );
}

export async function tellOfTheStop(cast: Cast): Promise<void> {
  const { say, stage, fleet, front } = cast;
  const leaver = replicaNames(fleet.hero)[1] ?? `${fleet.hero.name}-0`;
  say.heading(`${leaver} is stopped gracefully`);
  say.command(stage.typed.stop(leaver));
  let stopped: number | undefined;
  const began = Date.now();
  const [requests] = await Promise.all([
    askUntilGone(cast, leaver, () => stopped !== undefined),
    stage.stop(leaver).then(() => {
      stopped = Date.now();
    }),
  ]);
  const replies = await ask(front, fleet.hero.replicas + more);
  show(say, replies);
  if (replies.some((reply) => nameIn(reply) === leaver)) throw new Error(`${leaver} has stopped, and still answers`);
  const failed = requests.filter(({ reply }) => nameIn(reply) === undefined);
  const last = requests.filter(({ reply }) => [undefined, leaver].includes(nameIn(reply))).at(-1);
  const after = (last?.at ?? began) - (stopped ?? began);
  const gone = after > 0 ? `${time(after)} after that` : "before that";
  say.measured(`stopped after ${time((stopped ?? began) - began)}; ${front.name} went to it for the last time ${gone}`);
  say.measured(
    `${requests.length} requests meanwhile, of which ${failed.length === 0 ? "none" : failed.length} failed`,
  );
}

interface Request {
  readonly reply: Reply;
  readonly at: number;
}

/** Asks all the time, until a stopped replica has been passed over twice in a row of all the others. */
async function askUntilGone({ ending, fleet, rollcall, front }: Cast, leaver: string, stopped: () => boolean) {
  const requests: Request[] = [];
  const around = 2 * (fleet.hero.replicas + more);
  for (const end = performance.now() + 45_000; performance.now() < end; ) {
    const reply = await front.ask().catch(() => {
      ending.signal.throwIfAborted();
      return { command: "", status: 0, text: "no answer" };
    });
    requests.push({ reply, at: Date.now() });
    const lately = requests.slice(-around).map((request) => nameIn(request.reply));
    const calm = lately.length === around && lately.every((name) => name !== undefined && name !== leaver);
    if (stopped() && calm && !(await members(rollcall)).includes(leaver)) return requests;
    await sleep(10, undefined, { signal: ending.signal });
  }
  throw new Error(`${leaver} is still in the rotation after 45 s`);
}

async function members(rollcall: Cast["rollcall"]): Promise<string[]> {
  const { groups } = await rollcall.status();
  return groups.flatMap(({ replicas }) =>
    replicas.filter(({ state }) => state === "member" || state === "kept").map(({ replica }) => replica),
  );
}
