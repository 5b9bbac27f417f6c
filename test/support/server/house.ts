import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../../embedded-daemon/driver.ts";
import { until } from "../until.ts";
import { useEach } from "../use-each.ts";
import { type Ground, ground, type Rollcall, startRollcall } from "./rollcall.ts";

/** An embedded daemon, someone to drive it, and a ground to start servers on. Made anew for each test. */
export interface House {
  readonly lxd: EmbeddedDaemon;
  readonly driver: Driver;
  readonly at: Ground;
  /** Starts a server; it ends with the test if it has not before. */
  start(settings?: Record<string, unknown>): Promise<Rollcall>;
  /** Launches `web-0` and so on with the tag of the group. */
  launch(...names: string[]): Promise<void>;
}

/** Registers a house for each test. */
export function useHouse(): () => House {
  return useEach(makeHouse, (house) => house.end());
}

async function makeHouse() {
  const lxd = await createEmbeddedDaemon();
  const driver = createDriver(lxd.socket);
  const at = ground();
  const servers: Rollcall[] = [];
  return {
    lxd,
    driver,
    at,
    async start(settings?: Record<string, unknown>) {
      const server = await startRollcall(at, lxd.socket, settings);
      servers.push(server);
      return server;
    },
    async launch(...names: string[]) {
      for (const name of names)
        await driver.launch(name, { config: { "user.rollcall.group": name.replace(/-\d+$/, "") } });
    },
    async end() {
      await Promise.all(servers.map((server) => server.stop()));
      await driver.close();
      await lxd.close();
      at.clear();
    },
  };
}

/** Waits until a service has that many servers, and gives their URLs. */
export function serving(server: Rollcall, count: number, service = "web", patience?: number): Promise<string[]> {
  const servers = async () => {
    const found = await server.servers(service);
    return found?.length === count && found;
  };
  return until(`${count} servers of ${service}`, servers, patience);
}

/** Runs something while the same client goes on polling, as Traefik does: one that stays away is waited for. */
export async function whilePolled<T>(server: Rollcall, run: () => Promise<T>): Promise<T> {
  let over = false;
  const ended = run().finally(() => {
    over = true;
  });
  while (!over) {
    await server.document();
    await pause(50);
  }
  return ended;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
