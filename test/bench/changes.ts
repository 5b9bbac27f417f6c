import { Agent, request, WebSocket } from "undici";
import { bytesListed } from "../../embedded-daemon/quick.ts";
import { tags } from "../../shared/tags.ts";
import { pause } from "./children.ts";
import type { Fleet } from "./fleet.ts";
import { median, percentile, type Result } from "./report.ts";
import type { BenchServer } from "./server.ts";

/** Restarts instances, spread evenly over a time, and resolves when all of it has come to rest. */
export async function restarts(fleet: Fleet, server: BenchServer, count: number, over: number) {
  const before = { listings: await fleet.listings(), versions: server.versions() };
  const stride = Math.floor(fleet.names.length / count);
  const chosen = Array.from({ length: count }, (_, index) => fleet.names[index * stride] ?? "");
  await Promise.all(
    chosen.map(async (name, index) => {
      await pause((over * index) / count);
      await fleet.driver.restart(name, { force: true, timeout: 0 });
    }),
  );
  await server.serves(fleet.names.length);
  return { listings: (await fleet.listings()) - before.listings, versions: server.versions() - before.versions };
}

/** 50 restarts at once. */
export async function burst(fleet: Fleet, server: BenchServer): Promise<Result[]> {
  const { listings, versions } = await restarts(fleet, server, 50, 0);
  return [
    { name: "burst of 50 restarts at once: listings", value: listings, unit: "", target: { most: 15 } },
    { name: "burst of 50 restarts at once: versions", value: versions, unit: "" },
  ];
}

/**
 * A replica loses its group's tag and gets it back, again and again; from the arrival of the event at this process to the last
 * byte of the answer to a held poll. The time of one listing is that of reading its bytes, measured in between.
 */
export async function singleChanges(fleet: Fleet, server: BenchServer, count: number): Promise<Result[]> {
  const agent = new Agent({ connect: { socketPath: fleet.socket } });
  const events = new WebSocket("ws://lxd/1.0/events?type=lifecycle", { dispatcher: agent });
  await new Promise((resolve, reject) => {
    events.addEventListener("open", resolve, { once: true });
    events.addEventListener("error", reject, { once: true });
  });
  const poller = new Agent({ connections: 1 });
  const poll = async (hold: string) => {
    const { body } = await request(`${server.endpoint}?hold=${hold}`, { dispatcher: poller });
    await body.arrayBuffer();
    return performance.now();
  };
  const [times, listings]: [number[], number[]] = [[], []];
  await poll("off");
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await bytesListed(fleet.socket);
    listings.push(performance.now() - began);
    const answered = poll("30s");
    await pause(350 + (i % 5) * 20);
    const told = new Promise<number>((resolve) =>
      events.addEventListener("message", () => resolve(performance.now()), { once: true }),
    );
    const name = fleet.names[(i >> 1) * 37] ?? "";
    const group = name.slice(0, name.lastIndexOf("-"));
    await fleet.driver.setConfig(name, { [tags.group]: i % 2 === 0 ? "" : group });
    times.push((await answered) - (await told));
  }
  events.close();
  await Promise.all([agent.destroy(), poller.destroy()]);
  await server.serves(fleet.names.length);
  const listing = median(listings);
  return [
    { name: "one listing", value: listing, unit: "ms", note: `median of ${count}` },
    { name: "event to published bytes, median", value: median(times), unit: "ms" },
    {
      name: "event to published bytes, median less one listing",
      value: median(times) - listing,
      unit: "ms",
      target: { most: 150 },
    },
    { name: "event to published bytes, p95", value: percentile(times, 0.95), unit: "ms" },
  ];
}
