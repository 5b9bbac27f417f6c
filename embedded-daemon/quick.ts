import { get } from "node:http";
import { createEmbeddedDaemon, type EmbeddedDaemon, type EmbeddedDaemonOptions } from "./daemon.ts";
import { createDriver, type Driver } from "./driver.ts";

/** A quick daemon with its driver, for one test; `await using` ends both. */
export interface Quick extends AsyncDisposable {
  lxd: EmbeddedDaemon;
  driver: Driver;
  /** Launches an instance and waits for its address. */
  launched(name: string): Promise<string>;
}

export async function quick(options: EmbeddedDaemonOptions = {}): Promise<Quick> {
  const lxd = await createEmbeddedDaemon({ addressDelay: 20, startDelay: 0, stopDelay: 10, ...options });
  const driver = createDriver(lxd.socket);
  return {
    lxd,
    driver,
    async launched(name) {
      await driver.launch(name);
      return driver.waitForAddress(name);
    },
    async [Symbol.asyncDispose]() {
      await driver.close();
      await lxd.close();
    },
  };
}

/** What an instance's web server says. */
export async function answerOf(address: string): Promise<string> {
  return (await fetch(`http://${address}:3000/`)).text();
}

/** Reads a listing without looking into it, and tells its length. */
export function bytesListed(
  socket: string,
  { project = "default", signal }: { project?: string; signal?: AbortSignal } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `/1.0/instances?recursion=2&project=${project}`;
    const request = get({ socketPath: socket, path, agent: false, ...(signal === undefined ? {} : { signal }) });
    request.on("error", reject);
    request.on("response", (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve(bytes));
    });
  });
}
