import { readdirSync } from "node:fs";
import { Agent, get } from "node:http";
import { pause, residentMemory } from "./children.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import type { Result } from "./report.ts";
import { type BenchServer, startServer } from "./server.ts";

/**
 * 1,000 replicas that listen, in 20 groups whose probes are on, restarted one after the other without a pause; 200 pollers at
 * Traefik's own interval. What grows meanwhile would grow for ever.
 */
export async function soak(minutes: number, tell: (...results: Result[]) => void): Promise<void> {
  const fleet = await createFleet(20, 50, "port");
  const server = await startServer(fleet);
  const over = new AbortController();
  try {
    await server.serves(fleet.names.length);
    const polls = startPollers(server, 200, over.signal);
    const restarts = startChurn(fleet, over.signal);
    const samples = await sampled(server, minutes, () => `${restarts.count} restarts, ${polls.count} polls`);
    over.abort();
    await restarts.ended;
    await server.serves(fleet.names.length);
    tell(...verdicts(samples));
    tell(
      { name: "restarts", value: restarts.count, unit: "" },
      { name: "polls answered", value: polls.count, unit: "", note: `${polls.failed} failed` },
      { name: "versions", value: server.versions(), unit: "" },
    );
  } finally {
    over.abort();
    await server.end();
    await fleet.end();
  }
}

interface Sample {
  /** Minutes since the first. */
  readonly at: number;
  /** Megabytes. */
  readonly resident: number;
  readonly heap: number;
  readonly handles: number;
}

/** A sample each two seconds. The first quarter of the time is left out: a heap finds its size. */
async function sampled(server: BenchServer, minutes: number, progress: () => string): Promise<Sample[]> {
  const samples: Sample[] = [];
  const began = performance.now();
  let told = 0;
  for (;;) {
    const at = (performance.now() - began) / 60_000;
    if (at > minutes) return samples.filter((sample) => sample.at > minutes / 4);
    const handles = readdirSync(`/proc/${server.pid}/fd`).length;
    const sample = { at, resident: residentMemory(server.pid), heap: await heapOf(server), handles };
    samples.push(sample);
    if (at >= told) {
      const { resident, heap } = sample;
      const sizes = `${resident.toFixed(0)} MB resident, ${heap.toFixed(0)} MB of heap used, ${handles} handles`;
      console.log(`minute ${told++}: ${sizes}, ${progress()}`);
    }
    await pause(2000);
  }
}

async function heapOf({ admin }: BenchServer): Promise<number> {
  const text = await (await fetch(`http://${admin}/metrics`)).text();
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20;
}

function verdicts(samples: readonly Sample[]): Result[] {
  const time = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
  const growth = (["resident", "heap", "handles"] as const).map((key) => {
    const { slope, noise } = line(samples.map((sample) => [sample.at, sample[key]]));
    const unit = key === "handles" ? "" : "MB";
    const name = `${key === "heap" ? "heap used" : key}: growth in ${Math.round(time)} minutes`;
    // A slope that is noise gives a growth within twice what single samples scatter.
    const most = Math.ceil(Math.max(2 * noise, key === "handles" ? 5 : 2));
    return { name, value: slope * time, unit, target: { most }, note: `samples scatter by ${noise.toFixed(1)}` };
  });
  const handles = samples.map((sample) => sample.handles);
  const range = `${Math.min(...handles)} to ${Math.max(...handles)}`;
  return [...growth, { name: "handles at the end", value: handles.at(-1) ?? 0, unit: "", note: `${range} meanwhile` }];
}

/** The line of least squares, and the standard deviation of the points from it. */
function line(points: readonly (readonly [number, number])[]): { slope: number; noise: number } {
  const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const slope =
    points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
  const squares = points.reduce((sum, [a, b]) => sum + (b - y - slope * (a - x)) ** 2, 0);
  return { slope, noise: Math.sqrt(squares / points.length) };
}

/** Replicas restart, two at a time, each after a short rest. */
function startChurn(fleet: Fleet, over: AbortSignal) {
  const churn = { count: 0, ended: Promise.resolve() };
  const worker = async (first: number) => {
    for (let i = first; !over.aborted; i += 2) {
      await fleet.driver.restart(fleet.names[(i * 37) % fleet.names.length] ?? "", { force: true, timeout: 0 });
      churn.count++;
      await pause(100);
    }
  };
  churn.ended = Promise.all([worker(0), worker(1)]).then(() => undefined);
  return churn;
}

/** Each polls as Traefik does: on its connection, five seconds from start to start, or at once where an answer took longer. */
function startPollers(server: BenchServer, count: number, over: AbortSignal) {
  const polls = { count: 0, failed: 0 };
  const poller = async (index: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await pause((index * 5000) / count);
    while (!over.aborted) {
      const next = pause(5000);
      const status = await poll(`${server.endpoint}?name=poller-${index}`, agent);
      polls.count++;
      if (status !== 200 && !over.aborted) polls.failed++;
      await next;
    }
    agent.destroy();
  };
  for (let index = 0; index < count; index++) void poller(index);
  return polls;
}

/** The status; 0 where there was no answer. */
function poll(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    get(url, { agent, headers: { "accept-encoding": "gzip" } }, (answer) => {
      answer.resume();
      answer.on("close", () => resolve(answer.complete ? (answer.statusCode ?? 0) : 0));
    }).on("error", () => resolve(0));
  });
}
