import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";

/** The embedded daemon as a process of its own; its instances listen if its argument is `serve`. Tells its socket, then its count of listings whenever it is asked. */
const lxd = await createEmbeddedDaemon({ serve: process.argv[2] === "serve" });
const tell = (message: object) => void process.send?.(message);
process.on("message", () => tell({ listings: lxd.counts.listings }));
// Whoever started it is gone, or wants it gone.
process.on("disconnect", () => void lxd.close());
tell({ socket: lxd.socket });
