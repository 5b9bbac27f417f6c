import { afterEach, beforeEach } from "vitest";
import { createEmbeddedLxd, type EmbeddedLxd } from "../../../embedded-lxd/daemon.ts";
import { createDriver, type Driver } from "../../../embedded-lxd/driver.ts";
import { until } from "../until.ts";
import { type Ground, ground, type Rollcall, startRollcall } from "./rollcall.ts";

/** An embedded daemon, someone to drive it, and a ground to start servers on. Made anew for each test. */
export interface House {
  readonly lxd: EmbeddedLxd;
  readonly driver: Driver;
  readonly at: Ground;
  /** Starts a server; it ends with the test if it has not before. */
  start(settings?: Record<string, unknown>): Promise<Rollcall>;
  /** Launches `web-0` and so on with the tag of the group. */
  launch(...names: string[]): Promise<void>;
}

/** Registers what makes and ends a house around each test, and gives a way to the one of the test that runs. */
export function useHouse(): () => House {
  let house: House | undefined;
  let servers: Rollcall[] = [];
  beforeEach(async () => {
    const lxd = await createEmbeddedLxd();
    const driver = createDriver(lxd.socket);
    const at = ground();
    servers = [];
    house = {
      lxd,
      driver,
      at,
      async start(settings) {
        const server = await startRollcall(at, lxd.socket, settings);
        servers.push(server);
        return server;
      },
      async launch(...names) {
        for (const name of names)
          await driver.launch(name, { config: { "user.rollcall.group": name.replace(/-\d+$/, "") } });
      },
    };
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await house?.driver.close();
    await house?.lxd.close();
    house?.at.clear();
  });
  return () => {
    if (!house) throw new Error("only within a test");
    return house;
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

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
