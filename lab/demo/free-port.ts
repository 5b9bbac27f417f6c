import { createServer } from "node:net";

/** Below the ports that the kernel gives to outgoing connections, which could take one before it is listened on. */
const [lowest, count] = [20_000, 12_000];
let next = process.pid * 101;

/** A port on loopback that nobody listens on, and another one at each call. */
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
