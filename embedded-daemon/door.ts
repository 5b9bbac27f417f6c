import { link, rename, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { errorEnvelope, sendAnswer, sendError } from "./answers.ts";
import type { Core } from "./core.ts";
import { wantedProject } from "./listing.ts";
import { DaemonError } from "./operations.ts";
import { route } from "./rest.ts";

/** The unix socket of a daemon, which can be shut and opened again. */
export interface Door {
  open(): Promise<void>;
  /** Cuts every connection. The socket stays in the file system, as that of a killed daemon: connecting is refused. */
  shut(): Promise<void>;
}

export function createDoor(core: Core, socket: string): Door {
  const connections = new Set<Socket>();
  let server: Server | undefined;

  async function open(): Promise<void> {
    if (server !== undefined) return;
    const next = createServer((request, response) => void answer(core, request, response));
    next.on("upgrade", (request, connection, head) => void upgrade(core, request, connection, head));
    next.on("connection", (connection) => {
      connections.add(connection);
      connection.once("close", () => connections.delete(connection));
    });
    await rm(socket, { force: true });
    await new Promise<void>((resolve, reject) => {
      next.once("error", reject);
      next.listen(socket, () => resolve());
    });
    server = next;
  }

  async function shut(): Promise<void> {
    const gone = server;
    server = undefined;
    if (gone === undefined) return;
    // Node removes the socket of a server that it closes; a second name for it, moved back, is how it stays.
    // Somebody may have removed it already; that is no reason for staying open.
    await link(socket, `${socket}.left`).catch(() => {});
    const closed = new Promise<void>((resolve) => gone.close(() => resolve()));
    for (const connection of connections) connection.destroy();
    await closed;
    await rename(`${socket}.left`, socket).catch(() => {});
  }

  return { open, shut };
}

async function answer(core: Core, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await core.faults.awake();
  try {
    const { path, query } = takeApart(request);
    if (path[0] === "events") {
      response.writeHead(400, { "Content-Type": "text/plain; charset=utf-8" }).end("Bad Request\n");
      return;
    }
    const call = { method: request.method ?? "GET", path, query, request, response };
    sendAnswer(response, await route(core, call));
  } catch (error) {
    sendError(response, error);
  }
}

async function upgrade(core: Core, request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
  connection.on("error", () => connection.destroy());
  await core.faults.awake();
  try {
    if (core.faults.refuseStreams) throw new DaemonError(500, "Refused");
    const { path, query } = takeApart(request);
    if (path.join("/") !== "events") throw new DaemonError(500, "not found");
    const { wrongStream, wrongType } = core.state.flavour;
    const filter = { types: typesOf(query, wrongType), project: wantedProject(query) };
    if (filter.project !== undefined && !core.state.projects.has(filter.project))
      throw new DaemonError(wrongStream, "Project not found");
    core.events.open(request, connection, head, filter);
  } catch (error) {
    const status = error instanceof DaemonError ? error.code : 500;
    const body = errorEnvelope(status, error instanceof Error ? error.message : String(error));
    const fields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`;
    connection.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields}\r\n\r\n${body}`);
  }
}

function takeApart(request: IncomingMessage): { path: string[]; query: URLSearchParams } {
  const url = new URL(request.url ?? "/", "http://lxd");
  const [version, ...path] = url.pathname.split("/").filter((segment) => segment !== "");
  if (version !== "1.0") throw new DaemonError(404, "not found");
  return { path: path.map((segment) => decodeURIComponent(segment)), query: url.searchParams };
}

function typesOf(query: URLSearchParams, code: number): Set<string> {
  const known = ["logging", "operation", "lifecycle"];
  const types = (query.get("type") ?? known.join(",")).split(",");
  for (const type of types) {
    if (!known.includes(type)) throw new DaemonError(code, `"${type}" isn't a supported event type`);
  }
  return new Set(types);
}
