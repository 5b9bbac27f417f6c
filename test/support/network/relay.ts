import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut, on a port that is known before the server's. */
export interface Relay extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** Where it leads from now on. Connections before that are ended at once. */
  to(address: string): void;
  /** Ends every connection, also new ones. */
  cut(): void;
  heal(): void;
  /** From now on the answers on a connection are lost once this text was sent on it. */
  loseAnswersTo(text: string): void;
}

export async function openRelay(): Promise<Relay> {
  const sockets = new Set<Socket>();
  let target: string | undefined;
  let isCut = false;
  let lost: string | undefined;
  const server = createServer((client) => {
    if (isCut || target === undefined) return void client.destroy();
    const [host = "", port] = target.split(":");
    const there = connect(Number(port), host);
    for (const [one, other] of [
      [client, there],
      [there, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    client.on("data", (sent: Buffer) => {
      if (lost !== undefined && sent.includes(lost)) there.unpipe(client).resume();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    to(address) {
      target = address;
    },
    cut() {
      isCut = true;
      end();
    },
    heal() {
      isCut = false;
    },
    loseAnswersTo(text) {
      lost = text;
    },
    async [Symbol.asyncDispose]() {
      end();
      server.close();
      await once(server, "close");
    },
  };
}
