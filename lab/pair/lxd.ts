import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { tags } from "../../shared/tags.ts";

/** The platform of lab/pair.sh: the embedded daemon with three instances, whose web servers are those of web.ts, so that they outlive it. */

const socket = process.env.PAIR_SOCKET ?? "";
const lxd = await createEmbeddedDaemon({ socket, serve: false, addressDelay: 0, firstBlock: 0 });
const driver = createDriver(socket);
for (const name of ["web-0", "web-1", "web-2"]) await driver.launch(name, { config: { [tags.group]: "web" } });
await driver.close();
process.once("SIGTERM", () => void lxd.close());
