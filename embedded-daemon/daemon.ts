import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClock } from "./clock.ts";
import type { Core } from "./core.ts";
import { createDoor } from "./door.ts";
import type { Counts } from "./events.ts";
import { createEventHub } from "./events.ts";
import { createFaults, type Delay, type Faults } from "./faults.ts";
import { flavours } from "./flavours.ts";
import { createHands, type GuestHands } from "./hands.ts";
import { createLeases } from "./leases.ts";
import { createOperations } from "./operations.ts";
import { createState } from "./state.ts";

export interface EmbeddedDaemonOptions {
  /** What it speaks and answers as; `lxd`. */
  platform?: "lxd" | "incus";
  /** Path of the unix socket; left out, one in a temporary directory of its own, which `close` removes. */
  socket?: string;
  /** Milliseconds between an instance being Running and its address being listed; 100. */
  addressDelay?: Delay;
  /** Milliseconds that a start takes; 20. */
  startDelay?: Delay;
  /** Milliseconds between the end of a guest and the lifecycle event that tells of it; 60. */
  stopDelay?: Delay;
  /** The port of every instance's web server; 3000. */
  guestPort?: number;
  /** False: instances have addresses, but nothing listens there. For fleets of thousands. */
  serve?: boolean;
  /** A cluster of m1, m2 and m3: instances have a location. */
  clustered?: boolean;
  /** The name of the server, from which its certificate is drawn too; `embedded`. */
  name?: string;
  /** What delays, ids and the order of events are drawn from; 1. */
  seed?: number;
  /** Where in 127.77.0.0/16 to begin looking for spare addresses (127.77.N.10); by default each process elsewhere. */
  firstBlock?: number;
}

/** A daemon that speaks LXD 5.0's or Incus 6.0's protocol on a unix socket; its instances are web servers on 127.77.x.y. */
export interface EmbeddedDaemon extends AsyncDisposable {
  readonly socket: string;
  readonly guestPort: number;
  readonly faults: Faults;
  /** What was asked of it since it began. */
  readonly counts: Readonly<Counts>;
  /** As when it is killed: socket and streams die, instances go on serving, what it knows is kept. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Ends everything: guests, socket, streams, timers. No handle stays open. */
  close(): Promise<void>;
  /** Direct hands into a running guest, for what no REST call does. */
  guest(name: string, project?: string): GuestHands;
}

export async function createEmbeddedDaemon(options: EmbeddedDaemonOptions = {}): Promise<EmbeddedDaemon> {
  const home = options.socket === undefined ? await mkdtemp(join(tmpdir(), "embedded-daemon-")) : undefined;
  const socket = options.socket ?? join(home ?? "", "unix.socket");
  const { guestPort = 3000, serve = true, startDelay = 20, stopDelay = 60, clustered = false } = options;
  const { name = "embedded" } = options;
  const counts = { listings: 0, listingsInFlight: 0, maxListingsInFlight: 0, events: 0, streams: 0, openStreams: 0 };
  const clock = createClock(options.seed ?? 1);
  const faults = createFaults(options.addressDelay ?? 100, () => events.drop());
  const events = createEventHub(clock, faults, counts, flavours[options.platform ?? "lxd"].eventsBehind);
  const leases = createLeases(serve ? guestPort : undefined, options.firstBlock ?? process.pid);
  const state = createState(clustered, options.platform);
  const operations = createOperations(clock, events);
  const limits = { startDelay, stopDelay, guestPort, serve, name };
  const core: Core = { clock, faults, events, leases, counts, state, operations, options: limits };
  const door = createDoor(core, socket);

  async function close(): Promise<void> {
    clock.end();
    faults.hangAll = false;
    for (const project of state.projects.values()) {
      for (const instance of project.instances.values()) instance.guest?.kill();
    }
    leases.close();
    await door.shut();
    await rm(home ?? socket, { recursive: true, force: true });
  }

  await door.open();
  return {
    socket,
    guestPort,
    faults,
    counts,
    goAway: door.shut,
    comeBack: door.open,
    close,
    guest: (name, project = "default") => createHands(core, project, name),
    [Symbol.asyncDispose]: close,
  };
}
