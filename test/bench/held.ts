import { Agent, get } from "node:http";
import { tags } from "../../shared/tags.ts";
import { pause } from "./children.ts";
import type { Fleet } from "./fleet.ts";
import type { Result } from "./report.ts";
import type { BenchServer } from "./server.ts";

/** Many pollers, each on a connection of its own, wait for one version: until the last of them has its last byte. */
export async function heldPolls(fleet: Fleet, server: BenchServer, count: number): Promise<Result[]> {
  const agents = Array.from({ length: count }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  for (let i = 0; i < count; i += 100)
    await Promise.all(agents.slice(i, i + 100).map((agent) => poll(`${server.endpoint}?hold=off`, agent)));
  let answered = 0;
  const answers = agents.map(async (agent) => {
    const { at } = await poll(`${server.endpoint}?hold=30s`, agent);
    answered++;
    return at;
  });
  await pause(2000);
  const early = answered;
  const [name = ""] = fleet.names;
  await fleet.driver.setConfig(name, { [tags.group]: "" });
  const times = await Promise.all(answers);
  for (const agent of agents) agent.destroy();
  await fleet.driver.setConfig(name, { [tags.group]: name.slice(0, name.lastIndexOf("-")) });
  await server.serves(fleet.names.length);
  const woken = times.sort((a, b) => a - b).slice(early);
  const [first = 0, last = 0] = [woken[0], woken.at(-1)];
  return [
    { name: `of ${count} polls, held`, value: count - early, unit: "", target: { least: count } },
    {
      name: "one version wakes them all, from first to last answer",
      value: last - first,
      unit: "ms",
      target: { most: 1000 },
    },
  ];
}

function poll(url: string, agent: Agent): Promise<{ at: number }> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { "accept-encoding": "gzip" } }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve({ at: performance.now() }));
    }).on("error", reject);
  });
}
