import type { ServerResponse } from "node:http";
import { createSecureServer, createServer, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { KeyPair } from "../../support/network/certificates.ts";
import { askedOf, createWell, type Request } from "./asked.ts";

/** HTTP/1.1 and HTTP/2 over TLS, for clients with a certificate of the authority; answers with what it was asked. */
export async function secureTarget(own: KeyPair, { cert: ca }: KeyPair) {
  const { isWell, setWell } = createWell();
  const options = { ...own, ca, requestCert: true, rejectUnauthorized: true, allowHTTP1: true };
  const server = createSecureServer(options, (request, response) => void echo(request, response, isWell()));
  return { ...(await listening(server)), setWell };
}

/** HTTP/2 without TLS; answers as a gRPC service does, with what it was asked, and gRPC's question whether it is well. */
export async function grpcTarget() {
  const { isWell, setWell } = createWell();
  const server = createServer((request, response) => {
    if (request.url !== "/grpc.health.v1.Health/Check") return void echo(request, response, isWell(), grpc);
    // A message of two bytes: the first field, status, is 1 (SERVING) or 2 (NOT_SERVING).
    response.writeHead(200, { "content-type": "application/grpc" });
    response.addTrailers({ "grpc-status": "0" });
    response.end(Buffer.from([0, 0, 0, 0, 2, 8, isWell() ? 1 : 2]));
  });
  return { ...(await listening(server)), setWell };
}

const grpc = "application/grpc+proto";

async function echo(
  request: Request,
  response: ServerResponse | Http2ServerResponse,
  isWell: boolean,
  type = "application/json",
) {
  const asked = await askedOf(request);
  response.statusCode = asked.url === "/health" && !isWell ? 503 : 200;
  response.setHeader("content-type", type);
  (response as ServerResponse).end(JSON.stringify(asked));
}

/** TCP over TLS, for clients with a certificate of the authority; says what it is told after the name in the client's certificate. */
export function tlsEchoTarget(own: KeyPair, { cert: ca }: KeyPair) {
  const server = createTlsServer({ ...own, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => socket.write(`${socket.getPeerCertificate().subject?.CN} ${chunk}`));
  });
  server.on("tlsClientError", () => {});
  return listening(server);
}

async function listening(server: Server) {
  const open = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        for (const socket of open) socket.destroy();
      }),
  };
}
