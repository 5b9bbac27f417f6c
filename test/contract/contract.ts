import { afterAll, beforeAll, describe } from "vitest";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import type { Endpoint } from "../../server/platform/endpoint.ts";
import type { PlatformName } from "../../shared/platforms.ts";
import { type Access, accesses } from "./access.ts";
import { type Differences, differences } from "./differences.ts";
import { eventFacts } from "./events.ts";
import { guestFacts } from "./guests.ts";
import { listingFacts } from "./listings.ts";
import { lifeFacts } from "./lives.ts";
import { operationFacts } from "./operations.ts";
import { projectFacts } from "./projects.ts";
import { refusalFacts } from "./refusals.ts";
import { type Recording, record } from "./stream.ts";
import { type Answer, call, streamWayTo, wayTo } from "./ways.ts";

/** A daemon to be asked, and how to let go of it. */
export interface Daemon {
  platform: PlatformName;
  /** Its own, where everything is allowed. */
  socket: string;
  /** How the facts reach it. @default the socket, in project `default` */
  far?: Far;
  /** The port of every instance's web server. */
  guestPort: number;
  /** How long after an act, in milliseconds, its stream may still tell of it. */
  toldAfter: number;
  cleanup(): Promise<void>;
}

/** A daemon by https, with a certificate that is restricted to one project. */
export interface Far {
  readonly endpoint: Exclude<Endpoint, { socket: string }>;
  readonly project: string;
}

/** What the facts are established with. */
export interface Bench {
  readonly platform: PlatformName;
  readonly differences: Differences;
  readonly access: Access;
  /** How the daemon is reached. */
  readonly endpoint: Endpoint;
  /** The project of all instances that the facts are about. */
  readonly project: string;
  /** `project=` and it, for a query. */
  readonly inProject: string;
  readonly driver: Driver;
  /** By the socket, in another project. */
  readonly beside: Driver;
  readonly guestPort: number;
  readonly toldAfter: number;
  /** A running instance with an address that no fact changes, tagged `user.rollcall.group: contract`. */
  readonly still: string;
  /** Where an instance of the project is, as events and operations write it. */
  path(name: string): string;
  raw(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Records a stream: of all projects, or by https of the one. */
  record(query?: string): Promise<Recording>;
}

/** Every instance that a fact makes begins with this, and is deleted at the end. */
export const PREFIX = "contract-";
/** The project that is not that of the facts. */
export const BESIDE = "rollcall-beside";

/**
 * The facts about LXD and Incus that rollcall relies on, each a test. The same suite runs against the embedded daemon and the real
 * ones, by the socket and by https, so the one that the other tests use is as the real one.
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
    let beside: Driver | undefined;
    const far = () => here(daemon).far;
    const project = () => far()?.project ?? "default";
    const endpoint = () => far()?.endpoint ?? { socket: here(daemon).socket };
    // The facts are declared before there is a daemon, so they reach it through this when they run.
    const bench: Bench = {
      get driver() {
        return here(driver);
      },
      get platform() {
        return here(daemon).platform;
      },
      get differences() {
        return differences[here(daemon).platform];
      },
      get access() {
        return accesses[far() ? "https" : "socket"][here(daemon).platform];
      },
      get endpoint() {
        return endpoint();
      },
      get project() {
        return project();
      },
      get inProject() {
        return `project=${project()}`;
      },
      get beside() {
        return here(beside);
      },
      get guestPort() {
        return here(daemon).guestPort;
      },
      get toldAfter() {
        return here(daemon).toldAfter;
      },
      still,
      path: (name) => `/1.0/instances/${name}${far() ? `?project=${project()}` : ""}`,
      raw: (method, path, body) => call(endpoint(), method, path, body),
      record(query) {
        const all = `type=lifecycle,operation&${far() ? `project=${project()}` : "all-projects=true"}`;
        return record(streamWayTo(endpoint()), query ?? all);
      },
    };

    beforeAll(async () => {
      daemon = await connect();
      driver = createDriver(far() ? wayTo(endpoint()) : daemon.socket, { project: project() });
      beside = createDriver(daemon.socket, { project: BESIDE });
      await clear(driver);
      if (await beside.ask("GET", `/projects/${BESIDE}`).catch(() => undefined)) await clear(beside);
      else await beside.createProject(BESIDE);
      await driver.launch(still, { config: { "user.rollcall.group": "contract" } });
      await driver.waitForAddress(still);
    });

    afterAll(async () => {
      if (driver !== undefined) await clear(driver);
      await driver?.close();
      if (beside !== undefined) await clear(beside).then(() => beside?.removeProject(BESIDE));
      await beside?.close();
      await daemon?.cleanup();
    });

    listingFacts(bench);
    refusalFacts(bench);
    projectFacts(bench);
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
