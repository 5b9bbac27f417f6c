import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";

/** What a server can be at best: it writes the bytes that it is sent, on a bare node:http, or in Express with `express`. */
export interface Written {
  readonly body: string;
  /** In base64. */
  readonly gzip: string;
  readonly headers: Record<string, string>;
}

process.once("message", ({ body, gzip, headers }: Written) => {
  const [plain, zipped] = [Buffer.from(body), Buffer.from(gzip, "base64")];

  const [ofPlain, ofZipped] = [
    { ...headers, "Content-Length": plain.length },
    { ...headers, "Content-Encoding": "gzip", "Content-Length": zipped.length },
  ];

  function write(request: IncomingMessage, response: ServerResponse) {
    if (request.headers["accept-encoding"] === "gzip") response.writeHead(200, ofZipped).end(zipped);
    else response.writeHead(200, ofPlain).end(plain);
  }

  const app = express();
  app.get("/traefik", (request, response) => {
    const takes = request.acceptsEncodings("gzip") === "gzip";
    if (takes) response.set("Content-Encoding", "gzip");
    response.set(headers).send(takes ? zipped : plain);
  });
  const server = createServer(process.argv[2] === "express" ? app : write);
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
});
process.on("disconnect", () => process.exit());
