import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { createClient, type DaemonClient } from "../../../server/platform/client.ts";
import { eventPaths, followEvents, patience } from "../../../server/platform/events.ts";
import { findSocket } from "../../../server/platform/socket.ts";

const paths = eventPaths(false, ["default"]);

let directory: string;
let socket: string;
let client: DaemonClient;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-client-"));
  socket = join(directory, "unix.socket");
  client = createClient({ socket });
});
afterEach(() => {
  client.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Listens on the socket, and answers every request with that. */
async function answering(status: number, body: string) {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
const ask = () => client.get("/1.0", z.object({ auth: z.string() }));

describe("a call", () => {
  test("without a socket names the places where it may be", async () => {
    await expect(ask()).rejects.toThrow(`GET /1.0: no socket at ${socket}: is LXD installed and started?`);
  });

  test("without the socket of a source that is declared as Incus asks for that", async () => {
    const declared = createClient({ socket, platform: "incus" });
    const asked = declared.get("/1.0", z.unknown()).finally(declared.close);
    await expect(asked).rejects.toThrow("is Incus installed and started? To use another socket set INCUS_SOCKET");
  });

  test.runIf(process.getuid?.() === 0)("without permission teaches which group to join (as root only)", async () => {
    await using _ = await answering(200, "{}");
    chmodSync(directory, 0o700);
    process.seteuid?.(65534);
    try {
      await expect(ask()).rejects.toThrow(
        `GET /1.0: no permission to open ${socket}: join its group (usermod -aG lxd USER)`,
      );
    } finally {
      process.seteuid?.(0);
    }
  });

  test.each([
    [500, '{"type":"error","error":"no leader","error_code":500}', "GET /1.0: 500 no leader"],
    [502, "<html>secret</html>", "GET /1.0: 502 an error without a message"],
    [200, "<html>secret</html>", "GET /1.0: 200 an answer that is not JSON"],
    [200, '{"metadata":{"auth":5}}', "GET /1.0: 200 an unexpected answer: auth:"],
    [200, "{}", "GET /1.0: 200 an unexpected answer: metadata:"],
  ])("answered %i %s has LXD's words, or none", async (status, body, message) => {
    await using _ = await answering(status, body);
    const error = await ask().catch((thrown: Error) => thrown);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("secret");
  });
});

test("LXD's words of any length are cut, and what would move a terminal's cursor is taken out", async () => {
  const error = `\u001b[2J\u009b${"x".repeat(20_000_000)}`;
  await using _ = await answering(500, JSON.stringify({ error }));
  const { message } = (await ask().catch((thrown: Error) => thrown)) as Error;
  expect(message).toMatch(/^GET \/1\.0: 500 \ufffd\[2J\ufffdx+\.\.\.$/);
  expect(message.length).toBeLessThan(400);
});

test("an endless answer ends with its limit, not with the memory", async () => {
  const server = createServer((_, response) => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    const more = () => {
      while (response.writable && response.write(chunk)) {}
    };
    response.on("drain", more);
    response.writeHead(200);
    more();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  // However slow the machine is, its time is not what ends the call.
  client.deadline = 60_000;
  try {
    await expect(ask()).rejects.toThrow("GET /1.0: an answer of more than 256 MiB");
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("an endless event ends its stream with its limit, though pings come in between", async () => {
  const server = createServer();
  let sent = 0;
  new WebSocketServer({ server }).on("connection", (stream) => {
    const more = () => {
      stream.ping();
      stream.send("x".repeat(64 * 1024), { fin: false }, (error) => {
        if (!error) setImmediate(more);
      });
      sent += 64 * 1024;
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const { signal } = new AbortController();
  const silent = { onOpen() {}, onEvent() {}, onQuiet() {} };
  try {
    const { reason, hung } = await followEvents({
      client,
      paths,
      signal,
      ...silent,
      ...patience,
    });
    expect({ reason, hung }).toEqual({ reason: "the event stream was closed (1006)", hung: false });
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe("the socket is that of LXD's own client", () => {
  test.each([
    [{ LXD_SOCKET: "/a/socket", LXD_DIR: "/b" }, "/a/socket"],
    [{ LXD_DIR: "/b" }, "/b/unix.socket"],
  ])("%j", (environment, path) => expect(findSocket(environment)).toBe(path));
});
