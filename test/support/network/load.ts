import { WebSocket } from "ws";
import { createVisitor, type Visitor } from "./visitor.ts";

/** A steady load through Traefik's entry point, and what became of it. Times are those of performance.now(). */
export interface Load {
  /** How many requests were sent so far, answered or not. */
  readonly sent: number;
  /** Of those, how many have ended. */
  readonly ended: number;
  readonly failures: readonly Failure[];
  /** When the last request was due that each replica answered. */
  readonly last: ReadonlyMap<string, number>;
  /** And the first. */
  readonly first: ReadonlyMap<string, number>;
  /** The answers that came more than half a second after they were due. */
  readonly late: readonly Late[];
  /** The WebSockets that ended before the load did. */
  readonly closed: readonly Closed[];
  /** Ends it and waits for the answers that are out; rejects where it had ended before by itself, after its time. */
  stop(): Promise<void>;
}

export interface Failure {
  /** When it was due, and when it had failed. */
  readonly at: number;
  readonly until: number;
  /** The status, the error, or what else was answered. */
  readonly why: string;
}

export interface Late {
  readonly at: number;
  /** From the moment it was due, not from that when it was sent: a sender that falls behind makes nothing look faster. */
  readonly ms: number;
}

export interface Closed {
  readonly at: number;
  /** 1006 where it was cut without a word. */
  readonly code: number;
  /** What it said of itself, `web-1 10.77.0.12 v1`; empty where it never opened. */
  readonly server: string;
}

export interface LoadOptions {
  readonly host?: string;
  /** Each so many-th request takes three seconds; 0 for none. */
  readonly slowEach?: number;
  /** How many WebSockets it holds; one that ends is opened again. */
  readonly sockets?: number;
  /** How long it waits for an answer, in ms; 5000, or 15000 with slow ones. */
  readonly patience?: number;
  /** While so many wait for their answers no further one is sent; any number unless given. */
  readonly mostOut?: number;
  /** @default one that asks `web` */
  readonly visitor?: Visitor;
  /** After so many seconds it ends by itself. */
  readonly seconds?: number;
}

const lateAfter = 500;
const slow = { path: "/slow/3", ms: 3000 };

/** Visits so many times a second until it is stopped, each time on schedule, however many answers are out. */
export function startLoad(web: string, perSecond: number, options: LoadOptions = {}): Load {
  const {
    host = "web.localhost",
    slowEach = 0,
    sockets = 0,
    seconds = 60,
    mostOut = Number.POSITIVE_INFINITY,
  } = options;
  const patience = options.patience ?? (slowEach > 0 ? 15_000 : 5000);
  const visitor = options.visitor ?? createVisitor(web, host, patience, true);
  const began = performance.now();
  const failures: Failure[] = [];
  const late: Late[] = [];
  const last = new Map<string, number>();
  const first = new Map<string, number>();
  const out = new Set<Promise<void>>();
  let sent = 0;
  let heldBack = 0;

  async function send(at: number, isSlow: boolean) {
    const answer = await visitor.visit(isSlow ? slow.path : "/");
    const until = performance.now();
    if (!/^[a-z]+-\d+$/.test(answer)) failures.push({ at, until, why: answer });
    else {
      last.set(answer, Math.max(at, last.get(answer) ?? 0));
      first.set(answer, Math.min(at, first.get(answer) ?? at));
    }
    const ms = until - at - (isSlow ? slow.ms : 0);
    if (ms > lateAfter) late.push({ at, ms });
  }
  const timer = setInterval(() => {
    const due = Math.min(seconds * perSecond, ((performance.now() - began) * perSecond) / 1000);
    for (; sent < due; sent++) {
      if (out.size >= mostOut) {
        heldBack++;
        continue;
      }
      const isSlow = slowEach > 0 && sent % slowEach === slowEach - 1;
      const one = send(began + (sent * 1000) / perSecond, isSlow).finally(() => out.delete(one));
      out.add(one);
    }
  }, 5);
  const held = holdSockets(web, host, sockets);
  return {
    get sent() {
      return sent - heldBack;
    },
    get ended() {
      return sent - heldBack - out.size;
    },
    failures,
    last,
    first,
    late,
    closed: held.closed,
    async stop() {
      clearInterval(timer);
      held.end();
      await Promise.all(out);
      await visitor.close();
      if (sent >= seconds * perSecond) throw new Error(`the load ended by itself after ${sent} requests`);
    },
  };
}

/** Holds so many WebSockets, and opens each again a moment after its end. */
function holdSockets(web: string, host: string, count: number): { closed: Closed[]; end(): void } {
  const closed: Closed[] = [];
  const open = new Set<WebSocket>();
  let over = false;
  function hold() {
    if (over) return;
    const socket = new WebSocket(`ws://${web}/ws`, { headers: { host } });
    let server = "";
    open.add(socket);
    socket.on("message", (data) => {
      server = String(data);
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      open.delete(socket);
      if (over) return;
      closed.push({ at: performance.now(), code, server });
      setTimeout(hold, 200).unref();
    });
  }
  for (let i = 0; i < count; i++) hold();
  return {
    closed,
    end() {
      over = true;
      for (const socket of open) socket.terminate();
    },
  };
}

/** `3 of 500 requests failed (502 Bad Gateway x 3), 2 were late` */
export function resultOf({ sent, failures, late }: Load): string {
  return `${failures.length} of ${sent} requests failed (${tally(failures)}), ${late.length} were late`;
}

/** `502 Bad Gateway x 31, UND_ERR_HEADERS_TIMEOUT x 2`; `none` where there are none. */
export function tally(failures: readonly Failure[]): string {
  const counts = new Map<string, number>();
  for (const { why } of failures) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) => `${why} x ${count}`).join(", ") || "none";
}
