import { afterAll, beforeAll, describe } from "vitest";
import { createDriver, type Driver } from "../../embedded-lxd/driver.ts";
import { eventFacts } from "./events.ts";
import { guestFacts } from "./guests.ts";
import { listingFacts } from "./listings.ts";
import { lifeFacts } from "./lives.ts";
import { operationFacts } from "./operations.ts";
import { refusalFacts } from "./refusals.ts";

/** A daemon to be asked, and how to let go of it. */
export interface Daemon {
  socket: string;
  /** The port of every instance's web server. */
  guestPort: number;
  /** How long after an act, in milliseconds, its stream may still tell of it. */
  toldAfter: number;
  cleanup(): Promise<void>;
}

/** What the facts are established with. */
export interface Bench {
  readonly driver: Driver;
  readonly socket: string;
  readonly guestPort: number;
  readonly toldAfter: number;
  /** A running instance with an address that no fact changes, tagged `user.rollcall.group: contract`. */
  readonly still: string;
}

/** Every instance that a fact makes begins with this, and is deleted at the end. */
export const PREFIX = "contract-";

/**
 * The facts about LXD that rollcall relies on, each a test. The same suite runs against the embedded daemon and a real
 * LXD, so the one that the other tests use is as the real one.
 */
export function daemonContract(
  name: string,
  connect: () => Promise<Daemon>,
  /** Whether the facts are established side by side: one machine's real instances would disturb one another. */
  concurrent = false,
): void {
  describe(name, { concurrent }, () => {
    const still = `${PREFIX}still`;
    let daemon: Daemon | undefined;
    let driver: Driver | undefined;
    // The facts are declared before there is a daemon, so they reach it through this when they run.
    const bench: Bench = {
      get driver() {
        return here(driver);
      },
      get socket() {
        return here(daemon).socket;
      },
      get guestPort() {
        return here(daemon).guestPort;
      },
      get toldAfter() {
        return here(daemon).toldAfter;
      },
      still,
    };

    beforeAll(async () => {
      daemon = await connect();
      driver = createDriver(daemon.socket);
      await clear(driver);
      await driver.launch(still, { config: { "user.rollcall.group": "contract" } });
      await driver.waitForAddress(still);
    });

    afterAll(async () => {
      if (driver !== undefined) await clear(driver);
      await driver?.close();
      await daemon?.cleanup();
    });

    listingFacts(bench);
    refusalFacts(bench);
    guestFacts(bench);
    lifeFacts(bench);
    operationFacts(bench);
    eventFacts(bench);
  });
}

async function clear(driver: Driver): Promise<void> {
  const left = (await driver.list()).filter((instance) => instance.name.startsWith(PREFIX));
  await Promise.all(left.map((instance) => driver.remove(instance.name)));
}

function here<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The daemon is not there yet");
  return value;
}
