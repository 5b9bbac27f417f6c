import { connect } from "node:net";
import { pause, sharedNow } from "./children.ts";

/** Pollers of one process: poller `n` of `count` polls `urls[n % urls.length]`, under the name `poller-n`. */
export interface Start {
  readonly urls: readonly string[];
  /** Which of the fleet's pollers are here. */
  readonly pollers: readonly number[];
  /** The `pollInterval` of each, in milliseconds; their ticks are spread evenly over it. */
  readonly interval: number;
}

/** What they have seen since the last question; or that, and each of them ends its connection and polls at once on another. */
export type Question = "ask" | "reconnect";

/** A new version at a poller: when its poll began, and when it had the last byte, by `sharedNow`. */
export interface Got {
  readonly began: number;
  readonly ended: number;
}

/** What they have got since the last question, and the bytes that came by their connections since. */
export interface Seen {
  readonly got: readonly Got[];
  readonly bytes: number;
}

let got: Got[] = [];
let bytes = 0;
const resets = new Set<() => void>();

process.on("message", (asked: Start | { readonly message: Question }) => {
  if (!("message" in asked)) {
    for (const index of asked.pollers) void follow(asked, index);
    return;
  }
  if (asked.message === "reconnect") for (const reset of resets) reset();
  process.send?.({ got, bytes } satisfies Seen);
  got = [];
  bytes = 0;
});
process.on("disconnect", () => process.exit());

/** As Traefik polls: at each tick, over one connection, with gzip and without the version that it has. It reads the bytes and looks at none of them. */
async function follow({ urls, pollers, interval }: Start, index: number) {
  const url = new URL(urls[index % urls.length] ?? "");
  const request = `GET ${url.pathname}?name=poller-${index} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n\r\n`;
  const first = sharedNow() + (interval * pollers.indexOf(index)) / pollers.length;
  await pause(first - sharedNow());
  let connection = open(url);
  let known = "";
  let reconnected = () => {};
  resets.add(() => {
    known = "";
    connection.end();
    connection = open(url);
    reconnected();
  });
  for (;;) {
    const began = sharedNow();
    const asked = connection;
    const version = await asked.poll(request).catch(() => undefined);
    if (version !== undefined && version !== known) {
      got.push({ began, ended: sharedNow() });
      known = version;
    }
    if (asked !== connection) continue;
    // Two milliseconds late, since a timer may be early: a second poll at one tick would look like a shorter interval.
    const wait = interval - ((sharedNow() - first) % interval) + 2;
    await Promise.race([pause(wait), new Promise<void>((done) => (reconnected = done))]);
  }
}

/** A connection on which one request at a time is answered. */
function open({ hostname, port }: URL) {
  const socket = connect(Number(port), hostname);
  socket.setNoDelay();
  let missing = 0;
  let version = "";
  let done = (_: string) => {};
  let fail = () => {};
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    missing -= chunk.length;
    if (missing < 0) {
      const end = chunk.indexOf("\r\n\r\n") + 4;
      const head = chunk.toString("latin1", 0, end);
      missing += end + Number(/content-length: (\d+)/i.exec(head)?.[1]);
      version = /etag: (.*)/i.exec(head)?.[1] ?? "";
    }
    if (missing === 0) done(version);
  });
  socket.on("error", () => fail());
  socket.on("close", () => fail());
  return {
    poll: (request: string) =>
      new Promise<string>((resolve, reject) => {
        [done, fail] = [resolve, () => reject(new Error("closed"))];
        missing = 0;
        socket.write(request);
      }),
    end: () => socket.destroy(),
  };
}
