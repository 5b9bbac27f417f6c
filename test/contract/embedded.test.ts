import { createEmbeddedLxd } from "../../embedded-lxd/daemon.ts";
import { daemonContract } from "./contract.ts";

async function connect() {
  const lxd = await createEmbeddedLxd();
  return { socket: lxd.socket, guestPort: lxd.guestPort, toldAfter: 50, cleanup: lxd.close };
}

daemonContract("the embedded daemon, as LXD", connect, true);
