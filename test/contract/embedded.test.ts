import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { platforms } from "../../shared/platforms.ts";
import { daemonContract } from "./contract.ts";

for (const platform of ["lxd", "incus"] as const) {
  async function connect() {
    const { socket, guestPort, close } = await createEmbeddedDaemon({ platform });
    return { platform, socket, guestPort, toldAfter: 50, cleanup: close };
  }
  daemonContract(`the embedded daemon, as ${platforms[platform].title}`, connect, true);
}
