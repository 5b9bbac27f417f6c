import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "./clock.ts";
import type { FaultDesk } from "./faults.ts";
import type { WireEvent, WireLifecycle, WireOperation } from "./shapes.ts";

/** What was asked of a daemon since it began. */
export interface Counts {
  listings: number;
  listingsInFlight: number;
  maxListingsInFlight: number;
  /** Events published, whether anyone listened or not. */
  events: number;
  /** Event streams opened so far, and open now. */
  streams: number;
  openStreams: number;
}

/** The event streams of a daemon. */
export interface EventHub {
  publish(type: "lifecycle", project: string, location: string, metadata: WireLifecycle): void;
  publish(type: "operation", project: string, location: string, metadata: WireOperation): void;
  /** Makes an event stream of an upgrade request whose query is already known to be good. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer, filter: EventFilter): void;
  /** Cuts all streams without a close frame. */
  drop(): void;
}

export interface EventFilter {
  types: Set<string>;
  /** Undefined: all projects. */
  project: string | undefined;
}

interface Stream extends EventFilter {
  socket: WebSocket;
  heard: number;
  /** How many events it has not been sent yet. */
  behind: number;
}

const PING_EVERY = 10_000;
const DEAF_AFTER = 30_000;
const LATE_AT_MOST = 6;

export function createEventHub(clock: Clock, faults: FaultDesk, counts: Counts, mostBehind: number): EventHub {
  // No extensions are negotiated, as LXD negotiates none.
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
  const streams = new Set<Stream>();

  async function send(stream: Stream, text: string): Promise<void> {
    if (faults.reorderEvents) await clock.after(clock.random() * LATE_AT_MOST);
    if (faults.hangAll) await faults.awake();
    if (faults.silentStreams || faults.loseEvents) return;
    stream.behind += 1;
    if (stream.behind > mostBehind) return stream.socket.terminate();
    stream.socket.send(text, () => {
      stream.behind -= 1;
    });
  }

  function keepAlive(stream: Stream): void {
    if (performance.now() - stream.heard > DEAF_AFTER) stream.socket.terminate();
    else if (!faults.silentStreams && !faults.hangAll) stream.socket.ping("keepalive");
  }

  function adopt(socket: WebSocket, filter: EventFilter): void {
    const stream: Stream = { ...filter, socket, heard: performance.now(), behind: 0 };
    const stopPings = clock.every(PING_EVERY, () => keepAlive(stream));
    streams.add(stream);
    counts.streams += 1;
    counts.openStreams = streams.size;
    socket.on("pong", () => {
      stream.heard = performance.now();
    });
    // LXD's reader returns at the first data frame, whatever it says, and the stream with it.
    socket.on("message", () => socket.terminate());
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      stopPings();
      streams.delete(stream);
      counts.openStreams = streams.size;
    });
    keepAlive(stream);
  }

  return {
    publish(type: string, project: string, location: string, metadata: WireEvent["metadata"]) {
      counts.events += 1;
      if (streams.size === 0) return;
      const event: WireEvent = { type, timestamp: clock.now(), metadata, location, project };
      const text = `${JSON.stringify(event)}\n`;
      for (const stream of streams) {
        if (!stream.types.has(type)) continue;
        if (stream.project === undefined || stream.project === project) void send(stream, text);
      }
    },
    open(request, socket, head, filter) {
      server.handleUpgrade(request, socket, head, (opened) => adopt(opened, filter));
    },
    drop() {
      for (const stream of streams) stream.socket.terminate();
    },
  };
}
