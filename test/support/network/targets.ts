import { createSocket } from "node:dgram";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { testCertificate } from "./tls.ts";

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

/** Where a target listens; left out, on a port of its own on 127.0.0.1. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

const anywhere: Listen = { host: "127.0.0.1", port: 0 };

/** Says what it is told, with a name before it; over TLS with a certificate of the tests if `tls` is set. */
export async function tcpTarget(name: string, { host, port }: Listen = anywhere, tls = false): Promise<Target> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  function serve(socket: Socket) {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      asked.push(chunk.toString("latin1"));
      socket.write(`${name} ${chunk}`);
    });
  }
  const server = tls ? createTlsServer(testCertificate, serve) : createTcpServer(serve);
  await new Promise<void>((listening) => server.listen(port, host, listening));
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  return {
    address,
    asked,
    close: () =>
      new Promise((closed) => {
        for (const socket of open) socket.destroy();
        server.close(() => closed());
      }),
  };
}

/** Says what it is told, with a name before it. */
export async function udpTarget(name: string, { host, port }: Listen = anywhere): Promise<Target> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, { port, address }) => {
    asked.push(message.toString());
    socket.send(`${name} ${message}`, port, address);
  });
  await new Promise<void>((bound) => socket.bind(port, host, bound));
  return {
    address: `${host}:${socket.address().port}`,
    asked,
    close: () => new Promise((closed) => socket.close(() => closed())),
  };
}
