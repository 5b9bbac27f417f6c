import { createServer } from "node:net";

/** Below the kernel's ephemeral ports: an outgoing connection could take one of those before the demo listens on it. */
const [lowest, count] = [20_000, 12_000];
let next = process.pid * 101;

/** A free port on loopback, a different one at each call. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + (next++ % count);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
