import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** The inside of one running instance: the web server of the lab image, on every loopback address the instance has. */
export interface Guest {
  /** Resolves once the address accepts connections. */
  listen(address: string): Promise<void>;
  unlisten(address: string): void;
  /** While frozen, connections are accepted and answers wait. */
  freeze(): void;
  thaw(): void;
  /** Resolves at once, or when the guest is thawed. */
  thawed(): Promise<void>;
  /** What /health says: 200 ok or 503 sick. */
  setHealthy(healthy: boolean): void;
  /** It answers as it should from now on. */
  started(): void;
  /** Closes every listener and cuts every connection; connecting is refused when this returns. */
  kill(): void;
  readonly grace: number;
  /** Resolves when it was killed. */
  readonly ended: Promise<void>;
}

export interface GuestOptions {
  name: string;
  /** How many seconds it serves on when it is asked to end. */
  grace: number;
  /** Until `started` is called, every answer is 503 "starting". */
  starting: boolean;
  /** The address that `GET /` tells. */
  address: string;
  version: string;
  port: number;
  /** False: nothing listens, for fleets of thousands. */
  serve: boolean;
}

export function createGuest(options: GuestOptions): Guest {
  const listeners = new Map<string, Server>();
  const timers = new Set<NodeJS.Timeout>();
  let { starting } = options;
  let healthy = true;
  let dead = false;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let ice: { melted: Promise<void>; melt: () => void } | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    while (ice !== undefined) await ice.melted;
    const path = request.url ?? "/";
    const slow = /^\/slow\/(\d+)$/.exec(path);
    if (slow !== null) await pause(Number(slow[1]) * 1000);
    if (dead) return;
    const health = path === "/health";
    const status = starting || (health && !healthy) ? 503 : 200;
    const asked = health ? (healthy ? "ok" : "sick") : `${options.name} ${options.address} ${options.version}`;
    const body = starting ? "starting" : asked;
    response.writeHead(status, {
      "Content-Type": "text/plain",
      "Content-Length": Buffer.byteLength(body) + 1,
      Connection: "close",
    });
    response.end(`${body}\n`);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });
  }

  function unlisten(address: string): void {
    const server = listeners.get(address);
    listeners.delete(address);
    server?.close();
    server?.closeAllConnections();
  }

  return {
    listen(address) {
      // Other addresses are only data: nothing outside 127/8 can be bound without being root.
      if (!options.serve || dead || !address.startsWith("127.") || listeners.has(address)) return Promise.resolve();
      const server = createServer((request, response) => void answer(request, response));
      listeners.set(address, server);
      return new Promise((resolve, reject) => {
        // A server that is closed before it listens never calls back, so its end resolves as well.
        server.once("close", resolve);
        server.once("error", reject);
        server.listen(options.port, address, () => resolve());
      });
    },
    unlisten,
    freeze() {
      if (ice !== undefined) return;
      let melt = () => {};
      const melted = new Promise<void>((resolve) => {
        melt = resolve;
      });
      ice = { melted, melt };
    },
    thaw() {
      ice?.melt();
      ice = undefined;
    },
    async thawed() {
      while (ice !== undefined) await ice.melted;
    },
    setHealthy(value) {
      healthy = value;
    },
    started() {
      starting = false;
    },
    ended,
    grace: options.grace,
    kill() {
      dead = true;
      end();
      for (const address of [...listeners.keys()]) unlisten(address);
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
