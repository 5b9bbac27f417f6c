import { createSocket } from "node:dgram";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";

/** A server on loopback that Traefik may send to. */
export interface Target {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** What it was asked so far: the paths of HTTP, the text of TCP and UDP. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Answers each request; left to itself, with its path. */
export async function httpTarget(
  answer: (request: IncomingMessage, response: ServerResponse) => void = ({ url }, response) => response.end(url),
): Promise<Target> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** Says what it is told, with a name before it. */
export async function tcpTarget(name: string): Promise<Target> {
  const asked: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      asked.push(chunk.toString());
      socket.write(`${name} ${chunk}`);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, asked, close: () => new Promise((closed) => server.close(() => closed())) };
}

/** Says what it is told, with a name before it. */
export async function udpTarget(name: string): Promise<Target> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, { port, address }) => {
    asked.push(message.toString());
    socket.send(`${name} ${message}`, port, address);
  });
  await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((closed) => socket.close(() => closed())),
  };
}
