import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import type { PlatformName } from "../../shared/platforms.ts";
import { tags } from "../../shared/tags.ts";
import type { Ending } from "./ending.ts";
import type { Fleet } from "./fleet.ts";
import type { Home } from "./home.ts";
import { orAborted } from "./until.ts";

type Group = Fleet["hero"];

/** What the replicas run in: a real LXD or Incus, or the embedded daemon. */
export interface Stage {
  readonly platform: PlatformName;
  /** `5.0.2 at /var/lib/lxd/unix.socket`, or a description of the embedded daemon. */
  readonly title: string;
  readonly socket: string;
  readonly project: string;
  /** Launches a replica; resolves once it has an address. */
  launch(replica: string, group: Group): Promise<void>;
  /** Stops it gracefully. */
  stop(replica: string): Promise<void>;
  /** The name of another image than that of the groups. */
  nextImage(): Promise<string>;
  /** The commands that a user would type for that. */
  readonly typed: {
    launch(replica: string, group: Group): readonly string[];
    stop(replica: string): string;
    start(replica: string): string;
  };
}

export async function embeddedStage(home: Home, ending: Ending): Promise<Stage> {
  if (process.platform !== "linux")
    throw new Error("the embedded daemon needs Linux: its instances listen on addresses of 127.77.0.0/16");
  const lxd = await createEmbeddedDaemon({ socket: `${home.path}/lxd.socket`, firstBlock: 0 });
  ending.after("the embedded daemon", lxd.close);
  const driver = createDriver(lxd.socket);
  ending.after("the connection to the embedded daemon", driver.close);
  const curl = `curl -s --unix-socket ${lxd.socket}`;
  const change = (replica: string, body: object) =>
    `${curl} -X PUT lxd/1.0/instances/${replica}/state -d '${JSON.stringify(body)}'`;
  const start = (replica: string) => change(replica, { action: "start" });
  return {
    platform: "lxd",
    title: "the embedded daemon: it speaks LXD's protocol, and its instances are small web servers on 127.77.0.0/16",
    socket: lxd.socket,
    project: "default",
    nextImage: async () => "web-v2",
    ...actions(driver, ending.signal),
    typed: {
      launch: (name, group) => [
        `${curl} lxd/1.0/instances -d '${JSON.stringify({ name, source: sourceOf(group), config: configOf(name, group) })}'`,
        start(name),
      ],
      stop: (replica) => change(replica, { action: "stop", timeout: 30 }),
      start,
    },
  };
}

/** What both kinds of stage have in common. */
export function actions(driver: Driver, signal: AbortSignal): Pick<Stage, "launch" | "stop"> {
  async function launch(replica: string, group: Group) {
    signal.throwIfAborted();
    await driver.launch(replica, { image: sourceOf(group).alias, config: configOf(replica, group) });
    await driver.waitForAddress(replica, 30_000);
  }
  return {
    launch: (replica, group) => orAborted(launch(replica, group), signal),
    stop: (replica) => orAborted(driver.stop(replica, { timeout: 30 }), signal),
  };
}

function sourceOf(group: Group) {
  return { type: "image", alias: group.instance?.image ?? "web" };
}

export function configOf(replica: string, group: Group): Record<string, string> {
  const index = replica.slice(group.name.length + 1);
  return { ...group.instance?.config, [tags.group]: group.name, [tags.replica]: index };
}
