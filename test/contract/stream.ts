import { type ClientOptions, WebSocket } from "ws";
import type { WireEvent, WireLifecycle, WireOperation } from "../../embedded-daemon/shapes.ts";

/** One event stream, recorded. */
export interface Recording {
  readonly events: WireEvent[];
  /** Milliseconds from the opening to each ping. */
  readonly pings: number[];
  /** Every raw text frame. */
  readonly frames: string[];
  readonly socket: WebSocket;
  /** The close code, once it is closed. */
  readonly closed: Promise<number>;
  close(): void;
}

/** A daemon's https listener, `wss://HOST:PORT`, and how it is spoken to. */
export interface StreamWay {
  readonly origin: string;
  readonly options: ClientOptions;
}

/** Opens a stream, by a socket or by https, and records it from the first frame on. */
export async function record(
  at: string | StreamWay,
  query = "type=lifecycle,operation&all-projects=true",
): Promise<Recording> {
  const { origin, options } = typeof at === "string" ? { origin: `ws+unix://${at}:`, options: {} } : at;
  const client = new WebSocket(`${origin}/1.0/events?${query}`, options);
  const events: WireEvent[] = [];
  const pings: number[] = [];
  const frames: string[] = [];
  let opened = performance.now();
  client.on("message", (data) => {
    frames.push(String(data));
    events.push(JSON.parse(String(data)) as WireEvent);
  });
  client.on("ping", () => pings.push(performance.now() - opened));
  const closed = new Promise<number>((resolve) => client.once("close", resolve));
  await new Promise<void>((resolve, reject) => {
    client.once("error", reject);
    client.once("open", () => {
      opened = performance.now();
      resolve();
    });
  });
  return { events, pings, frames, socket: client, closed, close: () => client.terminate() };
}

/**
 * What the stream told of one instance while `act` ran and for `after` ms: each thing once, sorted, since LXD
 * neither keeps the order nor says how often an operation reports progress.
 */
export async function toldDuring(
  { events }: Recording,
  name: string,
  act: () => Promise<unknown>,
  after: number,
): Promise<string[]> {
  // What was done before may still be told of: an operation's end can come after its answer.
  await pause(after / 3);
  const from = events.length;
  await act();
  // In parts, so that what has arrived is read before the last one ends, however busy the machine is.
  for (let part = 0; part < 5; part++) await pause(after / 5);
  const told = events.slice(from).filter((event) => instanceOf(event) === name);
  return [...new Set(told.map(inWords))].sort();
}

/** "instance-started", or "Starting instance: Success". */
export function inWords(event: WireEvent): string {
  if (event.type === "lifecycle") return (event.metadata as WireLifecycle).action;
  const { description, status } = event.metadata as WireOperation;
  return `${description}: ${status}`;
}

/** The instance that an event is about. */
export function instanceOf(event: WireEvent): string | undefined {
  const url =
    event.type === "lifecycle"
      ? (event.metadata as WireLifecycle).source
      : (event.metadata as WireOperation).resources.instances?.[0];
  return url?.split("?")[0]?.split("/")[3];
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
