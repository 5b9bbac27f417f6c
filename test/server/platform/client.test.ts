import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createClient, type LxdClient } from "../../../server/platform/client.ts";
import { findSocket } from "../../../server/platform/socket.ts";

let directory: string;
let socket: string;
let client: LxdClient;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-client-"));
  socket = join(directory, "unix.socket");
  client = createClient(socket);
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

  test.runIf(process.getuid?.() === 0)("without permission teaches which group to join (as root only)", async () => {
    await using _ = await answering(200, "{}");
    chmodSync(directory, 0o700);
    process.seteuid?.(65534);
    try {
      await expect(ask()).rejects.toThrow(`GET /1.0: no permission to open ${socket}: join its group`);
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

describe("the socket is that of LXD's own client", () => {
  test.each([
    [{ LXD_SOCKET: "/a/socket", LXD_DIR: "/b" }, "/a/socket"],
    [{ LXD_DIR: "/b" }, "/b/unix.socket"],
  ])("%j", (environment, path) => expect(findSocket(environment)).toBe(path));
});
