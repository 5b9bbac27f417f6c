import { writerTo } from "./etcd-writer.ts";
import { fleet } from "./written.ts";

// A writer in a process of its own, which a test can pause: writes one document after the other, each with another address, until it is ended.
// Prints a line for each: `written N`, or why not.
const [, , endpoint = "", name = ""] = process.argv;
const writer = writerTo({ endpoints: [endpoint] }, name, 3);
for (let i = 1; ; i++) {
  const result = await writer.put(fleet(["web"], 1, [`127.0.0.1:${i}`])).catch(() => ({ standby: "failed" }));
  process.stdout.write(`${result.standby ?? `written ${i}`}\n`);
}
