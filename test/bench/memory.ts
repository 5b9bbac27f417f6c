import { once } from "node:events";
import { get } from "node:http";
import { restarts } from "./changes.ts";
import { pause, residentMemory, startNode } from "./children.ts";
import type { Fleet } from "./fleet.ts";
import type { Result } from "./report.ts";
import { type BenchServer, startServer } from "./server.ts";

/** A Node that does as good as nothing: what every server in Node costs before it does anything. */
async function bareMemory(): Promise<number> {
  let port = 0;
  const code = `const s = require("http").createServer((q, r) => r.end("ok"));
    s.listen(0, "127.0.0.1", () => console.error(s.address().port));`;
  const child = startNode(["-e", code], (line) => {
    port = Number(line);
  });
  for (let i = 0; port === 0 && i < 200; i++) await pause(20);
  const [answer] = await once(get({ host: "127.0.0.1", port }), "response");
  answer.resume();
  await pause(500);
  const memory = residentMemory(child.pid);
  await child.end();
  return memory;
}

/** Starts a server, has it go through a storm, and leaves it running. */
export async function storm(fleet: Fleet): Promise<{ server: BenchServer; results: Result[] }> {
  const bare = await bareMemory();
  const server = await startServer(fleet);
  await server.serves(fleet.names.length);
  const before = residentMemory(server.pid) - bare;
  const { versions, listings } = await restarts(fleet, server, 200, 2000);
  const after = residentMemory(server.pid) - bare;
  const target = { most: 90 };
  const results: Result[] = [
    { name: "resident memory of a bare Node", value: bare, unit: "MB" },
    { name: "memory over a bare Node at the start", value: before, unit: "MB", target },
    { name: "memory over a bare Node after the storm", value: after, unit: "MB", target },
    { name: "storm of 200 restarts in 2 s: versions", value: versions, unit: "", target: { most: 12 } },
    { name: "storm of 200 restarts in 2 s: listings", value: listings, unit: "" },
  ];
  return { server, results };
}
