import { afterAll, beforeAll } from "vitest";
import { createEmbeddedLxd, type EmbeddedLxd } from "../../embedded-lxd/daemon.ts";

/** Registers a daemon for the tests of a file, and gives the environment in which it is the one that is found. */
export function useSource(): () => { readonly LXD_SOCKET: string } {
  let lxd: EmbeddedLxd | undefined;
  beforeAll(async () => {
    lxd = await createEmbeddedLxd({ serve: false });
  });
  afterAll(() => lxd?.close());
  return () => ({ LXD_SOCKET: lxd?.socket ?? "" });
}
