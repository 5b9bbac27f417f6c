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

/** The flags that docs/operations/performance.md recommends for a small machine, and none. The last one goes on for everything else. */
const kinds: readonly (readonly string[])[] = [["--optimize-for-size"], []];

/** Starts servers of each kind, one after another, has each go through the storm, and leaves the last one running. */
export async function storms(fleet: Fleet): Promise<{ server: BenchServer; results: Result[] }> {
  const bare = await bareMemory();
  const results: Result[] = [{ name: "resident memory of a bare Node", value: bare, unit: "MB" }];
  let server: BenchServer | undefined;
  for (const flags of kinds) {
    await server?.end();
    server = await startServer({ ...fleet, flags });
    await server.serves(fleet.names.length);
    const before = residentMemory(server.pid) - bare;
    const { versions, listings } = await restarts(fleet, server, 200, 2000);
    const after = residentMemory(server.pid) - bare;
    const how = flags.length > 0 ? `with ${flags.join(" ")}` : "without flags";
    const target = flags.length > 0 && { target: { most: 80 } };
    results.push(
      { name: `memory over a bare Node at the start, ${how}`, value: before, unit: "MB", ...target },
      { name: `memory over a bare Node after the storm, ${how}`, value: after, unit: "MB", ...target },
      { name: `storm of 200 restarts in 2 s: versions, ${how}`, value: versions, unit: "", target: { most: 12 } },
      { name: `storm of 200 restarts in 2 s: listings, ${how}`, value: listings, unit: "" },
    );
  }
  return { server: server as BenchServer, results };
}
