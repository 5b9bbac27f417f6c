import type { IncomingMessage } from "node:http";
import type { Snapshot } from "../../server/document/snapshot.ts";
import type { Poller } from "../../server/http/pollers.ts";
import type { SimulatedServer } from "./server.ts";

/** A Traefik: it polls, is given a document late, applies it later, stops, goes on, and starts again. */
export interface Traefik {
  readonly name: string;
  isStopped: boolean;
  /** Its connection, as the server sees it. */
  request: IncomingMessage;
  /** Its row at the server, once it has polled the server that runs now. */
  row: Poller | undefined;
  /** When it polled last. */
  polled: number;
  /** Its poll is held until a version is published. */
  held: boolean;
  /** Answers on their way, and the newest one that it has and does not run yet. */
  underway: Arriving | undefined;
  received: Arriving | undefined;
  applied: Snapshot | undefined;
}

interface Arriving {
  readonly snapshot: Snapshot;
  readonly at: number;
}

/** In milliseconds: Traefik's usual interval, how long an answer is on its way, its throttle, and how long a poll is held. */
const interval = 5000;
const way = 500;
const throttle = 2000;
const hold = 4500;

export interface Traefiks {
  readonly all: readonly Traefik[];
  poll(one: Traefik, holds: boolean): void;
  receive(one: Traefik): void;
  apply(one: Traefik): void;
  stop(one: Traefik): void;
  goOn(one: Traefik): void;
  /** Its connection is cut, and it keeps what it has. */
  reconnect(one: Traefik): void;
  /** Starts again with no document. */
  restart(one: Traefik): void;
  /** A version was published: polls that are held are answered. */
  published(): void;
  /** The server ended: it knows no poller any more. */
  serverEnded(): void;
  tick(): void;
}

export function createTraefiks(server: () => SimulatedServer): Traefiks {
  let connections = 0;
  function connect(name: string): IncomingMessage {
    const socket = { remoteAddress: name, destroyed: false, connection: connections++ };
    return { socket, headers: { "user-agent": "Go-http-client/1.1" } } as unknown as IncomingMessage;
  }
  const all = ["10.9.9.1", "10.9.9.2"].map((name): Traefik => {
    const nothing = { row: undefined, underway: undefined, received: undefined, applied: undefined };
    return {
      name,
      isStopped: false,
      request: connect(name),
      polled: Number.NEGATIVE_INFINITY,
      held: false,
      ...nothing,
    };
  });
  function reconnect(one: Traefik) {
    Object.assign(one.request.socket, { destroyed: true });
    Object.assign(one, { request: connect(one.name), row: undefined, held: false, underway: undefined });
  }
  function answer(one: Traefik) {
    if (!one.row) return;
    const snapshot = server().publisher().current();
    one.held = false;
    server().pollers().answered(one.row, snapshot);
    if (snapshot.status === 200) server().pollers().gave(one.row, server().publisher().ordinal());
    one.underway = { snapshot, at: Date.now() };
  }
  const traefiks: Traefiks = {
    all,
    poll(one, holds) {
      if (one.isStopped || one.held || one.underway) return;
      one.row = server().pollers().arrive(one.request, undefined);
      one.polled = Date.now();
      const { version } = server().publisher().current();
      one.held = holds && one.row.version === version;
      one.row.held = one.held;
      if (!one.held) answer(one);
    },
    receive(one) {
      if (one.isStopped || !one.underway) return;
      const { snapshot } = one.underway;
      // A newer document takes the place of one that waits, and waits no longer than that.
      if (snapshot.status === 200) one.received = { snapshot, at: one.received?.at ?? Date.now() };
      one.underway = undefined;
    },
    apply(one) {
      if (one.isStopped || !one.received) return;
      one.applied = one.received.snapshot;
      one.received = undefined;
    },
    stop(one) {
      one.isStopped = true;
    },
    goOn(one) {
      one.isStopped = false;
    },
    reconnect(one) {
      // What is written to a connection arrives before its end.
      traefiks.receive(one);
      if (!one.underway) reconnect(one);
    },
    restart(one) {
      reconnect(one);
      Object.assign(one, { isStopped: false, received: undefined, applied: undefined });
    },
    published() {
      for (const one of all) if (one.held) answer(one);
    },
    serverEnded: () => all.forEach(reconnect),
    tick() {
      const now = Date.now();
      for (const one of all) {
        if (one.held && now - one.polled >= hold) answer(one);
        if (one.underway && now - one.underway.at >= way) traefiks.receive(one);
        if (one.received && now - one.received.at >= throttle) traefiks.apply(one);
        if (now - one.polled >= interval) traefiks.poll(one, true);
      }
    },
  };
  return traefiks;
}
