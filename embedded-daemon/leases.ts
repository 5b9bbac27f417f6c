import { createServer, type Server } from "node:net";

/** Hands out the addresses of 127.77.0.0/16; an address belongs to an instance until the instance is deleted. */
export interface Leases {
  take(): Promise<string>;
  free(address: string): void;
  close(): void;
}

const FIRST_HOST = 10;
const LAST_HOST = 250;
const BLOCKS = 256;

/**
 * Test files run side by side, so two daemons must never give out the same address. Each claims blocks of 241
 * addresses, as long as it lives, by listening on the block's own `.0`, which no instance gets. A killed process
 * gives its claims back by itself. Without a port nothing is claimed, for daemons whose instances don't listen.
 */
export function createLeases(port: number | undefined, firstBlock: number): Leases {
  const claims: Server[] = [];
  const spare: string[] = [];
  let nextBlock = firstBlock;
  let tried = 0;
  let claiming: Promise<void> | undefined;

  async function claimBlock(): Promise<void> {
    while (tried < BLOCKS) {
      const block = nextBlock % BLOCKS;
      nextBlock += 1;
      tried += 1;
      const claim = port === undefined ? undefined : await listen(`127.77.${block}.0`, port);
      if (port !== undefined && claim === undefined) continue;
      if (claim !== undefined) claims.push(claim);
      // Reversed, as addresses are taken from the end: the first instance gets the block's lowest address.
      for (let host = LAST_HOST; host >= FIRST_HOST; host -= 1) spare.push(`127.77.${block}.${host}`);
      return;
    }
    throw new Error("No spare address in 127.77.0.0/16");
  }

  return {
    async take() {
      while (spare.length === 0) {
        claiming ??= claimBlock().finally(() => {
          claiming = undefined;
        });
        await claiming;
      }
      return spare.pop() as string;
    },
    free(address) {
      // At the far end: what was just freed is the last to be given out again, as a DHCP server does it.
      spare.unshift(address);
    },
    close() {
      for (const claim of claims) claim.close();
      claims.length = 0;
    },
  };
}

function listen(host: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(port, host, () => resolve(server));
  });
}
