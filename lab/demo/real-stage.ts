import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import type { Devices } from "../../embedded-daemon/shapes.ts";
import { findSocket } from "../../server/platform/socket.ts";
import { type PlatformName, platforms } from "../../shared/platforms.ts";
import type { Ending } from "./ending.ts";
import type { Home } from "./home.ts";
import { haveImage } from "./image.ts";
import { owner, project, removeProject, removeStale } from "./project.ts";
import { actions, configOf, type Stage } from "./stage.ts";
import { orAborted } from "./until.ts";

/** The daemon that `lxc` or `incus` would use, with the demo's own project. Throws the reason if it can't be used. */
export async function realStage(platform: PlatformName, home: Home, ending: Ending): Promise<Stage> {
  const { signal } = ending;
  const { title, client, users } = platforms[platform];
  const socket = findSocket(process.env, platform);
  const driver = createDriver(socket, { project });
  ending.after(`the connection to ${title}`, driver.close);
  const version = await versionOf(driver, { socket, users }, signal);
  await removeStale(driver);
  let remove: Promise<void> | undefined;
  const removeOnce = () => {
    remove ??= removeProject(driver);
    return remove;
  };
  ending.after(`project ${project} of ${title}`, removeOnce);
  try {
    await orAborted(prepare(driver, { platform, socket }, home, signal), signal);
  } catch (error) {
    await removeOnce();
    throw error;
  }
  const command = `${client} --project ${project}`;
  return {
    platform,
    title: `${version} at ${socket}, in its own project ${project}`,
    socket,
    project,
    ...actions(driver, signal),
    // The lab's second image, else the first one by its fingerprint.
    nextImage: async () =>
      (await aliasTarget(driver, "web-v2")) ? "web-v2" : ((await aliasTarget(driver, "web")) ?? "web"),
    typed: {
      launch: (name, group) => {
        const keys = Object.entries(configOf(name, group)).map(([key, value]) => ` -c ${key}=${value}`);
        return [`${command} launch ${group.instance?.image ?? "web"} ${name}${keys.join("")}`];
      },
      stop: (replica) => `${command} stop ${replica}`,
      start: (replica) => `${command} start ${replica}`,
    },
  };
}

async function versionOf(
  driver: Driver,
  { socket, users }: { socket: string; users: string },
  signal: AbortSignal,
): Promise<string> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(2000)]);
  const server = (await orAborted(driver.ask("GET", ""), inTime).catch((error: Error & { code?: string }) => {
    signal.throwIfAborted();
    if (inTime.aborted) throw new Error(`${socket} does not answer within 2 s`);
    if (error.code === "ENOENT") throw new Error(`${socket} does not exist`);
    if (error.code === "ECONNREFUSED") throw new Error(`nothing listens on ${socket}`);
    if (error.code === "EACCES") throw new Error(`this user may not open ${socket} (is it in the group ${users}?)`);
    throw new Error(`${socket}: ${error.message}`);
  })) as { auth: string; environment: { server_version: string } };
  if (server.auth !== "trusted") throw new Error(`${socket} does not trust this user`);
  return server.environment.server_version;
}

async function prepare(
  driver: Driver,
  at: { platform: PlatformName; socket: string },
  home: Home,
  signal: AbortSignal,
): Promise<void> {
  const devices = { root: await rootDisk(driver), eth0: await bridgeNic(driver) };
  const image = await haveImage(driver, home, signal);
  await driver.createProject(project, {
    "features.images": image.shared ? "false" : "true",
    "features.profiles": "true",
    [owner]: String(process.pid),
  });
  await driver.ask("PUT", `/profiles/default?project=${project}`, { description: "", config: {}, devices });
  await image.bring(at, project);
  await prove(driver);
}

/** Checks that an instance runs here, gets an address and can be reached, so that the story does not fail halfway. */
async function prove(driver: Driver): Promise<void> {
  const name = "probe";
  try {
    await driver.launch(name);
    const address = await driver.waitForAddress(name, 20_000);
    await fetch(`http://${address}:3000/`, { signal: AbortSignal.timeout(5000) });
    await driver.remove(name);
  } catch (error) {
    throw new Error(`it cannot run the replicas: ${(error as Error).message}`);
  }
}

/** The fingerprint that an alias leads to. */
async function aliasTarget(driver: Driver, alias: string): Promise<string | undefined> {
  const path = `/images/aliases/${alias}?project=${project}`;
  return await driver.ask("GET", path).then(
    (found) => (found as { target: string }).target,
    () => undefined,
  );
}

async function rootDisk(driver: Driver): Promise<Devices[string]> {
  const { devices } = (await driver.ask("GET", "/profiles/default?project=default")) as { devices: Devices };
  const root = Object.values(devices).find(({ type, path }) => type === "disk" && path === "/");
  const pools = (await driver.ask("GET", "/storage-pools")) as string[];
  const pool = root?.pool ?? pools[0]?.split("/").at(-1);
  if (pool === undefined) throw new Error("it has no storage pool (init --minimal makes one)");
  return { type: "disk", path: "/", pool };
}

async function bridgeNic(driver: Driver): Promise<Devices[string]> {
  const networks = (await driver.ask("GET", "/networks?recursion=1&project=default")) as Network[];
  const usable = networks.filter(({ type, managed, config }) => {
    const address = config["ipv4.address"];
    return type === "bridge" && managed && address !== undefined && address !== "none";
  });
  const bridge = usable.find(({ used_by }) => used_by?.some((one) => one.endsWith("/profiles/default"))) ?? usable[0];
  if (bridge === undefined) throw new Error("it has no bridge with IPv4 (init --minimal makes one)");
  return { type: "nic", name: "eth0", network: bridge.name };
}

interface Network {
  readonly name: string;
  readonly type: string;
  readonly managed: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly used_by?: readonly string[];
}
