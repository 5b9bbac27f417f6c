// Starts a server over a directory and a socket, uses it, stops it, and does nothing more: the process ends by itself if, and only if, no
// handle is left open. Prints what is left for whoever looks. Plain JavaScript over dist/: compiling the sources takes seconds.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import { configSchema, withPathsFrom } from "../../../dist/server/config.js";
import { serve } from "../../../dist/server/serve.js";

const [, , directory = "", socket = ""] = process.argv;
const stop = new AbortController();
const listen = { listen: "127.0.0.1:0" };
const config = configSchema.parse({
  provider: listen,
  admin: listen,
  sources: [{ name: "local", url: `unix://${socket}` }],
});
const serving = await serve({
  config: withPathsFrom(config, join(directory, "rollcall.yaml")),
  environment: {},
  version: "test",
  log: pino({ enabled: false }),
  signal: stop.signal,
});
const ask = (query) => fetch(`http://${serving.provider}/traefik?${query}`);
while ((await ask("hold=off")).status !== 200) await pause(20);
const held = ask("hold=30s");
await pause(300);
stop.abort();
await serving.ended;
await held;
// Closing a file takes a turn.
await pause(50);
const left = process.getActiveResourcesInfo().filter((one) => !one.endsWith("Wrap"));
process.stdout.write(`left: ${left.join(",")}\n`);
