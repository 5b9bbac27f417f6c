import { setTimeout as sleep } from "node:timers/promises";
import { isServed } from "../../server/roll-call/plan.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import type { Reply } from "./front.ts";
import { showVerb } from "./hands.ts";
import { list, time } from "./say.ts";
import { ask, askAll, type Cast, nameIn, show, untilHeld } from "./story.ts";
import { until } from "./until.ts";

const more = 2;

export async function tellOfTheScaling({ say, ending, fleet, hands, rollcall, front }: Cast): Promise<void> {
  const { hero } = fleet;
  const replicas = hero.replicas + more;
  const fresh = replicaNames({ name: hero.name, replicas }).slice(hero.replicas);
  say.heading(`${hero.name} grows from ${hero.replicas} to ${replicas}`);
  const edited = Date.now();
  await hands.scale(fleet, replicas);
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
  say.tell(`${list(fresh)} are pending, and the others keep serving:`);
  show(say, await ask(front, hero.replicas));

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
  const [at] = await Promise.all([served, hands.make(fresh.map((name) => ({ name, group: hero })))]);
  show(say, await askAll(front, replicaNames({ name: hero.name, replicas })));
  const published = Date.parse((await rollcall.status()).published);
  say.measured(
    `${time(at - published)} from the complete roll call to answers from ${list(fresh)}, ${time(at - edited)} from the edit`,
  );
}

/** Only with rollcall's verbs: every replica is replaced by one of the new image, one at a time. */
export async function tellOfTheRollout({ say, stage, fleet, rollcall, front }: Cast): Promise<void> {
  const { name, replicas } = fleet.hero;
  const image = await stage.nextImage();
  say.heading(`A new image for ${name}, one replica at a time`);
  await showVerb(rollcall, say, "rollout", name, "--image", image, "--yes", "--grace", "1s");
  show(say, await askAll(front, replicaNames({ name, replicas: replicas + more })));
}

export async function tellOfTheStop(cast: Cast): Promise<void> {
  const { say, ending, stage, fleet, rollcall, front } = cast;
  const names = replicaNames({ name: fleet.hero.name, replicas: fleet.hero.replicas + more });
  const leaver = names[1] ?? fleet.hero.name;
  const others = names.filter((name) => name !== leaver);
  say.heading(`${leaver} is stopped gracefully`);
  if (front.traefik !== undefined) await untilHeld(rollcall, ending);
  say.command(stage.typed.stop(leaver));
  const began = Date.now();
  const stopped = stage.stop(leaver).then(() => Date.now());
  const [requests, at] = await Promise.all([askUntilGone(cast, leaver, stopped), stopped]);
  const replies = await askAll(front, others);
  show(say, replies);
  if (replies.some((reply) => nameIn(reply) === leaver)) throw new Error(`${leaver} has stopped, but still answers`);
  const failed = requests.filter(({ name }) => name === undefined).length;
  const last = requests.findLast(({ name }) => name === undefined || name === leaver)?.at ?? began;
  say.measured(
    `stopped after ${time(at - began)}; the last request for it came ${last > at ? `${time(last - at)} later` : "before that"}`,
  );
  say.measured(`${requests.length} requests meanwhile, ${failed === 0 ? "none" : failed} of which failed`);
}

interface Request {
  /** The replica that answered; undefined if none did. */
  readonly name: string | undefined;
  /** When it was sent. */
  readonly at: number;
}

/** Sends 50 requests a second until a stopped replica is no longer served, and for another half second. */
async function askUntilGone({ ending, rollcall, front }: Cast, leaver: string, stopped: Promise<number>) {
  const requests: Promise<Request>[] = [];
  let left = false;
  const leaving = stopped.then(async () => {
    const gone = async () => !(await members(rollcall)).includes(leaver) || undefined;
    await until(`${leaver} leaves`, gone, ending);
    await sleep(500, undefined, { signal: ending.signal });
    left = true;
  });
  const asking = (async () => {
    for (; !left; await sleep(20, undefined, { signal: ending.signal })) {
      const at = Date.now();
      requests.push(
        front.ask().then(
          (reply) => ({ name: nameIn(reply), at }),
          () => ({ name: undefined, at }),
        ),
      );
    }
  })();
  await Promise.all([leaving, asking]);
  return await Promise.all(requests);
}

async function members(rollcall: Cast["rollcall"]): Promise<string[]> {
  const { groups } = await rollcall.status();
  return groups.flatMap(({ replicas }) =>
    replicas.filter(({ state }) => isServed(state)).map(({ replica }) => replica),
  );
}
