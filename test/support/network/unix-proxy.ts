import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A socket in front of a daemon's socket, which can do what connections do on a bad day. */
export interface UnixProxy {
  readonly socket: string;
  /** Cuts every event stream, and each new one too until `allowStreams`. */
  cutStreams(): void;
  allowStreams(): void;
  /** Cuts the next answers to a listing after half of their bytes. */
  halveListings(count: number): void;
  /** The paths that were asked for, in order. */
  asked(): readonly string[];
  /** How many answers have been cut. */
  halved(): number;
  /** Cuts every connection, and each new one too until `connect`. */
  disconnect(): void;
  connect(): void;
  /** Whether no answer is passed on; what was held back is passed on afterwards. */
  hold(isHeld: boolean): void;
  close(): Promise<void>;
}

export async function openUnixProxy(target: string): Promise<UnixProxy> {
  const home = mkdtempSync(join(tmpdir(), "rollcall-proxy-"));
  const socket = join(home, "unix.socket");
  const open = new Set<Socket>();
  const streams = new Set<Socket>();
  const daemons = new Set<Socket>();
  let streamsAllowed = true;
  let toHalve = 0;
  let halved = 0;
  const asked: string[] = [];
  let isConnected = true;
  let isHeld = false;

  const server = createServer((client) => {
    if (!isConnected) return void client.destroy();
    const daemon = connect(target);
    if (isHeld) daemon.pause();
    let halving = false;
    daemons.add(daemon);
    for (const end of [client, daemon]) {
      open.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        open.delete(end);
        streams.delete(end);
        daemons.delete(end);
        client.destroy();
        daemon.destroy();
      });
    }
    // A client sends each request at once and one after another, so a chunk begins with its request line.
    client.on("data", (chunk) => {
      const line = chunk.toString("latin1").split("\r\n", 1)[0] ?? "";
      const [, path] = /^GET (\S+) HTTP/.exec(line) ?? [];
      if (path !== undefined) asked.push(path);
      if (line.startsWith("GET /1.0/events")) {
        streams.add(client);
        if (!streamsAllowed) client.destroy();
      }
      halving = toHalve > 0 && line.startsWith("GET /1.0/instances?");
      if (halving) toHalve--;
      daemon.write(chunk);
    });
    daemon.on("data", (chunk) => {
      if (halving) {
        halving = false;
        halved++;
        client.end(chunk.subarray(0, chunk.length / 2));
      } else client.write(chunk);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  return {
    socket,
    cutStreams() {
      streamsAllowed = false;
      for (const stream of streams) stream.destroy();
    },
    allowStreams: () => {
      streamsAllowed = true;
    },
    halveListings: (count) => {
      toHalve = count;
    },
    asked: () => asked,
    halved: () => halved,
    disconnect() {
      isConnected = false;
      for (const end of open) end.destroy();
    },
    connect: () => {
      isConnected = true;
    },
    hold(held) {
      isHeld = held;
      for (const daemon of daemons)
        if (held) daemon.pause();
        else daemon.resume();
    },
    async close() {
      for (const end of open) end.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(home, { recursive: true, force: true });
    },
  };
}
