import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findTerraform } from "../../cli/pipeline/terraform.ts";
import { platforms } from "../../shared/platforms.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { runScript } from "./children.ts";
import type { Ending } from "./ending.ts";
import type { Fleet } from "./fleet.ts";
import { directFront, type Front, findTraefik, traefikFront } from "./front.ts";
import type { Hands } from "./hands.ts";
import type { Home } from "./home.ts";
import { realStage } from "./real-stage.ts";
import { list, type Say } from "./say.ts";
import { type Rollcall, startRollcall } from "./server.ts";
import { embeddedStage, type Stage } from "./stage.ts";

export interface Setting {
  readonly say: Say;
  readonly home: Home;
  readonly ending: Ending;
}

/** A real LXD or Incus if one can be used, LXD first; else the embedded daemon. */
export async function chooseStage({ say, home, ending }: Setting): Promise<Stage> {
  const { ROLLCALL_DEMO: wanted = "" } = process.env;
  const real = (["lxd", "incus"] as const).filter((platform) => wanted === "" || wanted === platform);
  if (real.length === 0 && wanted !== "embedded")
    throw new Error(`ROLLCALL_DEMO is embedded, lxd or incus, not "${wanted}"`);
  for (const platform of real) {
    const label = platforms[platform].title.padEnd(10);
    try {
      const stage = await realStage(platform, home, ending);
      say.tell(`${label}${stage.title}`);
      return stage;
    } catch (error) {
      if (wanted === platform || ending.signal.aborted) throw error;
      say.tell(`${label}not a real one: ${(error as Error).message}`);
    }
  }
  const stage = await embeddedStage(home, ending);
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

/**
 * What a terraform needs to find the LXD provider, if there is one and the stand-in provider can be built; else undefined, after
 * printing why not.
 */
export async function chooseTerraform({ say, ending }: Setting): Promise<NodeJS.ProcessEnv | undefined> {
  try {
    const { binary } = findTerraform(process.env);
    const script = fileURLToPath(new URL("../provider.sh", import.meta.url));
    const configuration = await runScript(script, [], ending.signal);
    const standIn = process.env.ROLLCALL_TF_MIRROR ? "" : ", with a stand-in for the LXD provider";
    say.tell(`Terraform ${binary}${standIn}`);
    return { ...process.env, TF_CLI_CONFIG_FILE: configuration, TF_PLUGIN_CACHE_DIR: "", CHECKPOINT_DISABLE: "1" };
  } catch (error) {
    ending.signal.throwIfAborted();
    const [reason = ""] = (error as Error).message.replaceAll("lab/provider.sh: ", "").split("\n");
    say.tell(`Terraform none, so instances are launched one by one: ${reason}`);
    return undefined;
  }
}

/** Makes all replicas except those that come late. */
export async function launchMost({ say }: Setting, hands: Hands, fleet: Fleet): Promise<void> {
  const late = hands.late(fleet).map(({ name }) => name);
  const first = fleet.groups.flatMap((group) =>
    replicaNames(group).flatMap((name) => (late.includes(name) ? [] : [{ name, group }])),
  );
  say.heading(first.length === 0 ? "Groups are declared" : "Groups are declared, and most of their replicas run");
  say.tell(`The files in ${fleet.directory} declare:`);
  say.output(
    ...fleet.groups.map(
      ({ name, replicas, router }) => `${name}: ${replicas} replicas, ${router?.rule ?? "no router"}`,
    ),
  );
  if (first.length === 0) return;
  await hands.make(first);
  say.tell(`${list(first.map(({ name }) => name))} run, each with the tag of its group.`);
}

/** Starts the server, and Traefik in front if there is one. */
export async function startBoth(
  { say, home, ending }: Setting,
  stage: Stage,
  fleet: Fleet,
  traefik: string | undefined,
  terraform: NodeJS.ProcessEnv | undefined,
) {
  say.heading(traefik === undefined ? "rollcall is started" : "rollcall and Traefik are started");
  const rollcall: Rollcall = await startRollcall(home, stage, ending, terraform);
  say.command(`rollcall serve --config ${rollcall.config}`);
  if (traefik === undefined) return { rollcall, front: directFront(rollcall, fleet, ending) };
  const { front, config } = await traefikFront(traefik, rollcall, fleet, home, ending);
  say.command(`traefik --configFile=${config}`);
  say.tell("It polls rollcall:");
  say.output(...readFileSync(config, "utf8").split("\n").slice(0, 5));
  return { rollcall, front: front as Front };
}
