import { afterAll, beforeAll } from "vitest";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";

/** Registers a daemon for the tests of a file, and gives the environment in which it is the one that is found. */
export function useSource(): () => { readonly LXD_SOCKET: string } {
  let lxd: EmbeddedDaemon | undefined;
  beforeAll(async () => {
    lxd = await createEmbeddedDaemon({ serve: false });
  });
  afterAll(() => lxd?.close());
  return () => ({ LXD_SOCKET: lxd?.socket ?? "" });
}
