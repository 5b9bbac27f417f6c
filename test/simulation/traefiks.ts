import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AskTraefik } from "../../server/traefik-api/ask.ts";
import { fingerprintOf } from "../../server/traefik-api/rawdata.ts";
import type { SimulatedServer } from "./server.ts";
import type { Wires } from "./wires.ts";

/** A Traefik: it polls, is given a document late, applies it later or never, stops, goes on, and starts again. */
export interface Traefik {
  readonly name: string;
  /** Whether the server knows its API. What another one runs is only known by the time that it may take. */
  readonly hasApi: boolean;
  isStopped: boolean;
  /** Its connection, as the server sees it. */
  socket: { readonly remoteAddress: string; destroyed: boolean };
  /** The answer that it waits for. */
  response: EventEmitter | undefined;
  /** What has arrived while it was stopped. */
  inbox: (() => void)[];
  polled: number;
  /** When a poll of it last arrived, and when its API last answered. */
  seen: number;
  answered: number;
  received: Buffer | undefined;
  applied: Buffer | undefined;
}

/** In milliseconds: Traefik's usual interval, how long anything is on its way, its throttle, and how late one with an API may be. */
const interval = 5000;
const way = 500;
const throttle = 2000;
const atLeisure = 20_000;
const apiDeadline = 3000;

export interface Traefiks {
  readonly all: readonly Traefik[];
  readonly ask: AskTraefik;
  poll(one: Traefik): void;
  stop(one: Traefik): void;
  goOn(one: Traefik): void;
  /** It can't read what it was given last. */
  refuse(one: Traefik): void;
  /** Its connection is cut, and it keeps what it has. */
  reconnect(one: Traefik): void;
  /** Starts again with no document. */
  restart(one: Traefik): void;
  serverEnded(): void;
  tick(): void;
}

export const urlOf = (name: string) => `http://${name}:8080`;

export function createTraefiks(names: readonly string[], apis: number, wires: Wires, server: () => SimulatedServer) {
  const connect = (remoteAddress: string) => ({ remoteAddress, destroyed: false });
  const never = Number.NEGATIVE_INFINITY;
  const all = names.map((name, index): Traefik => {
    const nothing = { response: undefined, received: undefined, applied: undefined, inbox: [] };
    const times = { polled: never, seen: never, answered: never };
    return { name, hasApi: index < apis, isStopped: false, socket: connect(name), ...times, ...nothing };
  });

  function hangUp(one: Traefik) {
    one.socket.destroyed = true;
    const { response } = one;
    Object.assign(one, { socket: connect(one.name), response: undefined });
    response?.emit("close");
  }
  /** Does it once it is not stopped. */
  function does(one: Traefik, what: () => void) {
    if (one.isStopped) one.inbox.push(what);
    else what();
  }
  function apply(one: Traefik) {
    one.applied = one.received ?? one.applied;
    one.received = undefined;
  }
  function receive(one: Traefik, status: number, body: Buffer) {
    one.response = undefined;
    if (status !== 200) return;
    // A newer document takes the place of one that waits, and waits no longer than that.
    if (!one.received)
      wires.send(`${one.name} applies`, one.hasApi ? atLeisure : throttle, () => does(one, () => apply(one)));
    one.received = body;
  }
  /** The answer to one poll, written by the server. */
  function responseTo(one: Traefik): EventEmitter {
    let status = 0;
    const response: EventEmitter = Object.assign(new EventEmitter(), {
      setHeader() {},
      writeHead(written: number) {
        status = written;
        return response;
      },
      end(body: Buffer) {
        wires.send(`${one.name} is given ${status}`, way, () => one.response === response && response.emit("finish"));
        const arrives = () => one.response === response && receive(one, status, body);
        wires.send(`${one.name} receives ${status}`, way, () => does(one, arrives));
      },
    });
    return response;
  }

  const traefiks: Traefiks = {
    all,
    ask: ({ url }, _, stop) =>
      new Promise((resolve, reject) => {
        const one = all.find(({ name }) => urlOf(name) === url) as Traefik;
        const late = setTimeout(() => reject(new Error("no whole answer within 3 s")), apiDeadline);
        wires.send(`${one.name} is asked what it runs`, 1000, () => {
          if (one.isStopped) return;
          const fingerprint = fingerprintOfDocument(one.applied);
          wires.send(`${one.name} says what it runs`, 1500, () => {
            clearTimeout(late);
            if (stop.aborted) return;
            one.answered = Date.now();
            resolve({ fingerprint, off: [], down: [] });
          });
        });
      }),
    poll(one) {
      if (one.isStopped || one.response) return;
      const response = responseTo(one);
      one.response = response;
      one.polled = Date.now();
      wires.send(`${one.name} polls`, way, () => {
        if (one.response !== response) return;
        const { socket } = one;
        const request = { url: "/traefik", method: "GET", socket, headers: { "user-agent": "Go-http-client/1.1" } };
        const route = server().route();
        if (!route) return hangUp(one);
        one.seen = Date.now();
        route.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
      });
    },
    stop(one) {
      one.isStopped = true;
    },
    goOn(one) {
      one.isStopped = false;
      for (const what of one.inbox.splice(0)) what();
      // Nothing but its API would tell how long it takes.
      if (!one.hasApi) apply(one);
    },
    refuse(one) {
      if (one.hasApi) one.received = undefined;
    },
    reconnect(one) {
      // Of one whose API is not known, what is written to a connection arrives before its end.
      if (one.hasApi || one.response?.listenerCount("close")) hangUp(one);
    },
    restart(one) {
      hangUp(one);
      Object.assign(one, { isStopped: false, inbox: [], received: undefined, applied: undefined });
    },
    serverEnded: () => all.forEach(hangUp),
    tick() {
      for (const one of all) if (Date.now() - one.polled >= interval) traefiks.poll(one);
    },
  };
  return traefiks;
}

const fingerprints = new WeakMap<Buffer, ReturnType<typeof fingerprintOf>>();
const ofNothing = fingerprintOf({});

function fingerprintOfDocument(body: Buffer | undefined) {
  if (!body) return ofNothing;
  const known = fingerprints.get(body) ?? fingerprintOf(JSON.parse(body.toString()));
  fingerprints.set(body, known);
  return known;
}
