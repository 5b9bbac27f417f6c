import { until } from "../until.ts";
import { pause } from "./house.ts";
import { ground, startRollcall } from "./rollcall.ts";

/**
 * Starts a server on the socket that it is given, uses it, stops it, and does nothing more: the process ends by itself if, and
 * only if, no handle is left open. Prints what is left for whoever looks.
 */
const at = ground();
at.declare("web", 1);
const server = await startRollcall(at, process.argv[2] ?? "");
await until("it opens", async () => (await server.document()).status === 200);
const held = fetch(`${server.endpoint}?hold=30s`);
await pause(300);
await server.stop();
await held;
at.clear();
// Closing a file takes a turn.
await pause(50);
process.stdout.write(
  `left: ${process
    .getActiveResourcesInfo()
    .filter((one) => !one.endsWith("Wrap"))
    .join(",")}\n`,
);
