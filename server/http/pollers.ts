import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { steadyNow } from "../../files/steady-now.ts";
import type { Snapshot } from "../document/snapshot.ts";
import type { Release } from "../marks/drain.ts";
import { type Reached, reach } from "../marks/reached.ts";

/** A client that fetches the document, most likely a Traefik. Times are in milliseconds since 1970. */
export interface Poller {
  readonly address: string;
  /** The `?name=` of its polls. */
  readonly name: string | undefined;
  readonly agent: string;
  readonly first: number;
  last: number;
  /** When one of its polls was last answered. */
  answered: number;
  polls: number;
  /** Whether one of its polls is being held. */
  held: boolean;
  /** Whether its connection is open, as far as this machine knows. */
  open: boolean;
  /** The newest document of which it was sent the last byte, or told that it has it, and since when. A locked answer is none. */
  given: Release | undefined;
  /** Whether it is a follower: it says itself which version everybody behind it runs. */
  follows: boolean;
  /** The ordinals of the versions that a follower was given last. */
  readonly sent: Map<string, number>;
  /** The documents that it has certainly read, because it polled again after it was given them; of a follower, those that everybody behind it has run. */
  read: Reached;
  /** The version and the status that its last poll was answered with. */
  version: string | undefined;
  status: number | undefined;
  /** The last start-to-start gaps on its connection in milliseconds, five at most. */
  gaps: number[];
  /** The longest hold that it accepts, in milliseconds; infinite unless it cut one within the last hour. */
  cap: number;
}

export interface Pollers {
  /** Notes that a poll begins. */
  arrive(request: IncomingMessage, name: string | undefined): Poller;
  /** Notes that a poll is answered. */
  answered(poller: Poller, snapshot: Snapshot): void;
  /** Notes that the answer is written, and which document it was. */
  gave(poller: Poller, ordinal: number): void;
  /** Notes that a client cut a poll that was held for up to `ms`: half of that becomes its cap for an hour, but not less than half a second. */
  cut(poller: Poller, ms: number): void;
  /** The clients that polled within their last three intervals, or 15 s; the longest known first. */
  list(): readonly Poller[];
}

/** As many as may be held at once: a forgotten poller can't be held. */
const most = 2000;
const mostSent = 100;
const hour = 3_600_000;
/** A client that cuts shorter holds can ask for `?hold=off`. Less would let whoever imitates a Traefik make its holds useless. */
const leastCap = 500;
/** The tables are tidied now and then, not at each poll. */
const tidyEvery = 1000;
/** Traefik's default. Shorter gaps say little: a held poll lengthens the next gap. */
const usualInterval = 5000;

/** Drops the oldest entries of a table that is too large. */
function shorten<K>(table: Map<K, unknown>, size = most) {
  for (const key of table.keys()) {
    if (table.size <= size) return;
    table.delete(key);
  }
}

/** What a client is recognised by when it reconnects. Other clients of its address have caps of their own. */
function keyOf({ address, name, agent }: Pick<Poller, "address" | "name" | "agent">): string {
  return JSON.stringify([address, name, agent]);
}

/** A poller that polls no more is forgotten after this long at the earliest, in milliseconds: three of Traefik's usual intervals. */
export const shortestLife = 3 * usualInterval;

/** A poller is a connection; a client that reconnects is recognised by its address, name and agent. */
export function createPollers(now: () => number = steadyNow): Pollers {
  const rows = new Map<Socket, Poller>();
  const caps = new Map<string, { cap: number; until: number }>();
  let tidied = now();

  const capOf = (poller: Poller) => (caps.size > 0 && caps.get(keyOf(poller))?.cap) || Number.POSITIVE_INFINITY;

  function forget() {
    const time = now();
    tidied = time;
    for (const [socket, row] of rows) {
      const interval = Math.max(usualInterval, ...row.gaps);
      if (!row.held && time - Math.max(row.last, row.answered) > 3 * interval) rows.delete(socket);
    }
    for (const [key, { until }] of caps) if (until < time) caps.delete(key);
    // Clients that come once, however many, never have a Traefik forgotten.
    if (rows.size > most)
      for (const [socket, row] of rows) if (socket.destroyed && row.polls === 1) rows.delete(socket);
    shorten(rows);
    shorten(caps);
  }

  /**
   * It polls again: so it has read what it was given. A follower serves others: it has what it names, which is what all of these run.
   */
  function noteRead(row: Poller, named?: string) {
    const ordinal = row.follows ? row.sent.get(named ?? "") : row.given?.ordinal;
    if (ordinal !== undefined) row.read = reach(row.read, { ordinal, at: now() });
  }

  /** The row of a client's previous connection, if it is the same client. A reset shows that the client left bytes unread. */
  function returning(address: string, name: string | undefined, agent: string): Poller | undefined {
    for (const [socket, row] of rows) {
      if (!socket.destroyed || row.address !== address || row.name !== name || row.agent !== agent) continue;
      rows.delete(socket);
      if (!socket.errored) noteRead(row);
      row.gaps = [];
      row.version = undefined;
      return row;
    }
    return undefined;
  }

  /** The row of a follower that polls on another connection: it has an agent of its own, and may keep several connections. */
  function moved(socket: Socket, address: string, name: string | undefined, agent: string): Poller | undefined {
    for (const [from, row] of rows) {
      if (!row.follows || row.address !== address || row.name !== name || row.agent !== agent) continue;
      rows.delete(from);
      rows.set(socket, row);
      return row;
    }
    return undefined;
  }

  return {
    arrive(request, name) {
      const { socket, headers } = request;
      const named = headers["rollcall-read"]?.toString();
      const time = now();
      if (time - tidied > tidyEvery || rows.size > most) forget();
      const address = socket.remoteAddress ?? "";
      const agent = (headers["user-agent"] ?? "").slice(0, 100);
      const known = rows.get(socket) ?? (named !== undefined ? moved(socket, address, name, agent) : undefined);
      if (known) {
        known.gaps = [...known.gaps, time - known.last].slice(-5);
        known.last = time;
        known.polls++;
        known.follows = named !== undefined;
        noteRead(known, named);
        known.cap = capOf(known);
        return known;
      }
      const none = { given: undefined, read: [], version: undefined, status: undefined };
      const fresh = {
        address,
        name,
        agent,
        first: time,
        polls: 0,
        held: false,
        open: true,
        follows: false,
        ...none,
        sent: new Map(),
      };
      const cap = Number.POSITIVE_INFINITY;
      const row: Poller = returning(address, name, agent) ?? { ...fresh, last: time, answered: time, gaps: [], cap };
      row.follows = named !== undefined;
      row.cap = capOf(row);
      row.last = time;
      row.polls++;
      rows.set(socket, row);
      return row;
    },
    answered(poller, snapshot) {
      poller.held = false;
      poller.answered = now();
      poller.version = snapshot.version;
      poller.status = snapshot.status;
    },
    gave(poller, ordinal) {
      if (poller.given?.ordinal === ordinal) return;
      poller.given = { ordinal, at: now() };
      if (!poller.follows || poller.version === undefined) return;
      poller.sent.set(poller.version, ordinal);
      shorten(poller.sent, mostSent);
    },
    cut(poller, ms) {
      poller.held = false;
      poller.cap = Math.max(leastCap, Math.min(ms, poller.cap) / 2);
      caps.set(keyOf(poller), { cap: poller.cap, until: now() + hour });
    },
    list() {
      forget();
      for (const [socket, row] of rows) row.open = !socket.destroyed;
      return [...rows.values()].sort((a, b) => a.first - b.first);
    },
  };
}
