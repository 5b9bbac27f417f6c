import { readFileSync } from "node:fs";
import { replicaNames } from "../../shared/replica-names.ts";
import type { Ending } from "./ending.ts";
import type { Fleet } from "./fleet.ts";
import { directFront, type Front, findTraefik, traefikFront } from "./front.ts";
import type { Home } from "./home.ts";
import { lxdStage } from "./lxd.ts";
import { list, type Say } from "./say.ts";
import { type Rollcall, startRollcall } from "./server.ts";
import { embeddedStage, type Stage } from "./stage.ts";
import { latecomers, showLaunch } from "./story.ts";

export interface Setting {
  readonly say: Say;
  readonly home: Home;
  readonly ending: Ending;
}

/** A real LXD if it can be used, else the embedded daemon. */
export async function chooseStage({ say, home, ending }: Setting): Promise<Stage> {
  const { ROLLCALL_DEMO: wanted = "" } = process.env;
  if (!["", "embedded", "lxd"].includes(wanted)) throw new Error(`ROLLCALL_DEMO is embedded or lxd, not "${wanted}"`);
  let stage: Stage | undefined;
  try {
    if (wanted !== "embedded") stage = await lxdStage(home, ending);
  } catch (error) {
    if (wanted === "lxd" || ending.signal.aborted) throw error;
    say.tell(`LXD       not a real one: ${(error as Error).message}`);
  }
  stage ??= await embeddedStage(home, ending);
  say.tell(`LXD       ${stage.title}`);
  return stage;
}

/** The path of a Traefik binary; if there is none, undefined, after printing how to get one. */
export async function chooseTraefik({ say, ending }: Setting): Promise<string | undefined> {
  try {
    const binary = await findTraefik(ending.signal);
    say.tell(`Traefik   ${binary}`);
    return binary;
  } catch (error) {
    ending.signal.throwIfAborted();
    const reason = (error as Error).message.split("\n").map((line) => `          ${line}`);
    say.tell("Traefik   none, so the demo asks rollcall directly, as Traefik would:", ...reason);
    return undefined;
  }
}

/** Launches all replicas except the last one of each group. */
export async function launchMost({ say }: Setting, stage: Stage, fleet: Fleet): Promise<void> {
  const late = latecomers(fleet).map(({ name }) => name);
  const first = fleet.groups.flatMap((group) =>
    replicaNames(group).flatMap((name) => (late.includes(name) ? [] : [{ name, group }])),
  );
  say.heading("Groups are declared, and most of their replicas run");
  say.tell(`The files in ${fleet.directory} declare:`);
  say.output(
    ...fleet.groups.map(
      ({ name, replicas, router }) => `${name}: ${replicas} replicas, ${router?.rule ?? "no router"}`,
    ),
  );
  showLaunch(say, stage, first);
  await Promise.all(first.map(({ name, group }) => stage.launch(name, group)));
  say.tell(`${list(first.map(({ name }) => name))} run, each with the tag of its group.`);
}

/** Starts the server, and Traefik in front if there is one. */
export async function startBoth(
  { say, home, ending }: Setting,
  stage: Stage,
  fleet: Fleet,
  traefik: string | undefined,
) {
  say.heading(traefik === undefined ? "rollcall is started" : "rollcall and Traefik are started");
  const rollcall: Rollcall = await startRollcall(home, stage, ending);
  say.command(`rollcall serve --config ${rollcall.config}`);
  if (traefik === undefined) return { rollcall, front: directFront(rollcall, fleet, ending) };
  const { front, config } = await traefikFront(traefik, rollcall, fleet, home, ending);
  say.command(`traefik --configFile=${config}`);
  say.tell("It polls rollcall:");
  say.output(...readFileSync(config, "utf8").split("\n").slice(0, 5));
  return { rollcall, front: front as Front };
}
