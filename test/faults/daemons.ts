import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { openUnixProxy, type UnixProxy } from "../support/network/unix-proxy.ts";

/** What a stage stands on. */
export interface Daemon {
  readonly driver: Driver;
  /** The socket that the server is given. */
  readonly socket: string;
  /** Throws on a real one. */
  lxd(): EmbeddedDaemon;
  /** What lies between the server and a real one. Throws on an embedded one. */
  relay(): UnixProxy;
  close(): Promise<void>;
}

export async function embedded(block: number): Promise<Daemon> {
  const lxd = await createEmbeddedDaemon({ firstBlock: block });
  const driver = createDriver(lxd.socket);
  return {
    ...{ driver, socket: lxd.socket, lxd: () => lxd },
    relay() {
      throw new Error("no relay before an embedded daemon");
    },
    async close() {
      await driver.close();
      await lxd.close();
    },
  };
}

const project = "rollcall-fault-table";

/** A project of its own on a real LXD. The daemon is shared: what happens to it happens in a relay before it. */
export async function real(socket: string): Promise<Daemon> {
  const driver = createDriver(socket, { project });
  async function clear() {
    const projects = (await driver.ask("GET", "/projects")) as string[];
    if (!projects.includes(`/1.0/projects/${project}`)) return;
    const instances = await driver.list();
    await Promise.all(instances.map(({ name }) => driver.remove(name)));
    await driver.removeProject(project);
  }
  await clear();
  await driver.createProject(project);
  const relay = await openUnixProxy(socket);
  return {
    ...{ driver, socket: relay.socket, relay: () => relay },
    lxd() {
      throw new Error("a real LXD can't be told to fail");
    },
    async close() {
      await relay.close();
      await clear();
      await driver.close();
    },
  };
}
