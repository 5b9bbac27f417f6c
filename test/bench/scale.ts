import { until } from "../support/until.ts";
import { bytesWritten, forkScript, pause, processorTime, residentMemory, sharedNow } from "./children.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { median, percentile, type Result } from "./report.ts";
import { type Changes, createChanges } from "./scale-changes.ts";
import type { Got, Question, Seen, Start } from "./scale-pollers.ts";
import { type BenchServer, startServer } from "./server.ts";

export interface ScaleOptions {
  readonly groups: number;
  readonly replicas: number;
  readonly pollers: number;
  readonly followers: number;
  /** With no pollers, with pollers, and with pollers behind followers. */
  readonly changes: number;
  /** How long nothing changes, each time. */
  readonly seconds: number;
}

type Tell = (...results: Result[]) => void;

interface Parts extends ScaleOptions {
  readonly fleet: Fleet;
  readonly server: BenchServer;
  readonly change: Changes;
  readonly tell: Tell;
}

/** Traefik's default `pollInterval`, in milliseconds: a poll is held for 4.5 s of it. */
const interval = 5000;
const children = 2;

/** One server and its pollers: what a change takes to reach all of them, and what they cost while nothing changes; then the same through followers. */
export async function scale(options: ScaleOptions, tell: Tell): Promise<void> {
  const fleet = await createFleet(options.groups, options.replicas);
  const change = await createChanges(fleet);
  try {
    const server = await started(fleet, tell);
    try {
      const parts = { ...options, fleet, server, change, tell };
      await alone(parts);
      await direct(parts);
      await throughFollowers(parts);
    } finally {
      await server.end();
    }
  } finally {
    await change.end();
    await fleet.end();
  }
}

async function started(fleet: Fleet, tell: Tell): Promise<BenchServer> {
  const began = performance.now();
  const server = await startServer(fleet);
  await until("the first 200", async () => (await fetch(`${server.endpoint}?hold=off`)).ok, 60_000, 50);
  const took = performance.now() - began;
  await server.serves(fleet.names.length);
  const [plain = 0, zipped = 0] = await Promise.all(["identity", "gzip"].map((one) => sizeOf(server.endpoint, one)));
  tell(
    { name: "start to the first 200", value: took, unit: "ms", note: `${fleet.names.length} instances` },
    { name: "the document", value: plain / 1000, unit: "kB", note: `${Math.round(zipped / 1000)} kB with gzip` },
  );
  return server;
}

async function alone({ server, change, changes, tell }: Parts) {
  const [took, processor]: [number[], number[]] = [[], []];
  for (let i = 0; i < changes; i++) {
    const [before, versions] = [processorTime(server.pid), server.versions()];
    const at = await change.next();
    await until("the next version", () => server.versions() > versions, 30_000, 2);
    took.push(sharedNow() - at);
    await pause(700);
    processor.push(1000 * (processorTime(server.pid) - before));
  }
  tell(
    { name: "no pollers: event to published, median", value: median(took), unit: "ms", note: `${changes} changes` },
    { name: "no pollers: processor time of one change", value: median(processor), unit: "ms" },
    { name: "no pollers: resident memory", value: residentMemory(server.pid), unit: "MB" },
  );
}

async function direct(parts: Parts) {
  const { server, pollers, tell } = parts;
  await polled(parts, "direct", [server.endpoint], async (ask) => {
    const memory = residentMemory(server.pid);
    tell({ name: "direct: resident memory", value: memory, unit: "MB" });
    for (const path of ["/api/status", "/metrics"]) tell(await page(`http://${server.admin}${path}`));
    const at = sharedNow();
    const processor = processorTime(server.pid);
    const got = await everyPoller(ask, pollers, "reconnect");
    tell({
      name: "direct: all reconnect at once, the last has its document",
      value: Math.max(...got.map(({ ended }) => ended - at)),
      unit: "ms",
      note: `${Math.round(1000 * (processorTime(server.pid) - processor))} ms of processor time`,
    });
  });
}

async function throughFollowers(parts: Parts) {
  const { fleet, server, followers: count, tell } = parts;
  if (count === 0) return;
  const settings = `follow: ["${new URL(server.endpoint).origin}"]`;
  const starting = Array.from({ length: count }, () => startServer({ ...fleet, settings, verb: "follow" }));
  const followers = await Promise.all(starting);
  try {
    const endpoints = followers.map(({ endpoint }) => endpoint);
    const about = `${count} followers`;
    await polled(parts, about, endpoints, async () => {
      const memory = median(followers.map(({ pid }) => residentMemory(pid)));
      tell({ name: `${about}: resident memory of one`, value: memory, unit: "MB" });
    });
  } finally {
    await Promise.all(followers.map((one) => one.end()));
  }
}

type Ask = (message: Question) => Promise<readonly Seen[]>;

/** Starts the pollers, makes the changes, lets nothing change, and then does what `after` does. */
async function polled(parts: Parts, about: string, urls: readonly string[], after: (ask: Ask) => Promise<void>) {
  const { server, pollers, changes, seconds, change, tell } = parts;
  const forked = Array.from({ length: children }, () => forkScript("scale-pollers.ts"));
  const ask: Ask = (message) =>
    Promise.all(
      forked.map((child) => {
        const answer = child.receive<Seen>();
        child.send({ message });
        return answer;
      }),
    );
  try {
    const all = Array.from({ length: pollers }, (_, index) => index);
    for (const [index, child] of forked.entries())
      child.send({ urls, interval, pollers: all.filter((one) => one % children === index) } satisfies Start);
    await everyPoller(ask, pollers, "ask");
    // From the third poll on a poll is held for as long as it may be.
    await pause(3 * interval);
    const [every, held, processor]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < changes; i++) {
      const before = processorTime(server.pid);
      const at = await change.next();
      const got = await everyPoller(ask, pollers, "ask");
      processor.push(1000 * (processorTime(server.pid) - before));
      every.push(...got.map(({ ended }) => ended - at));
      held.push(...got.flatMap(({ began, ended }) => (began < at ? [ended - at] : [])));
      // Each polls again at its next tick, and not always at the same place of its interval.
      await pause(interval * (1.1 + (i % 10) / 20));
    }
    await ask("ask");
    const [used, sent] = [processorTime(server.pid), bytesWritten(server.pid)];
    await pause(1000 * seconds);
    const bytes = (await ask("ask")).reduce((sum, one) => sum + one.bytes, 0);
    const byServer = bytesWritten(server.pid) - sent;
    const share = `${Math.round((100 * held.length) / every.length)} % of all`;
    const name = (what: string) => `${about}: ${what}`;
    tell(
      { name: name("event to a held poller, median"), value: median(held), unit: "ms", note: share },
      { name: name("event to a held poller, p99"), value: percentile(held, 0.99), unit: "ms", target: { most: 1000 } },
      { name: name("event to every poller, p99"), value: percentile(every, 0.99), unit: "ms", target: { most: 1000 } },
      {
        name: name("event to every poller, most"),
        value: Math.max(...every),
        unit: "ms",
        note: `${every.length} times`,
      },
      { name: name("the server's processor time of one change"), value: median(processor), unit: "ms" },
      { name: name("bytes to all pollers, nothing changes"), value: bytes / seconds / 1e6, unit: "MB/s" },
      { name: name("bytes of the server, nothing changes"), value: byServer / seconds / 1000, unit: "kB/s" },
      {
        name: name("the server's processor time, nothing changes"),
        value: (1000 * (processorTime(server.pid) - used)) / seconds,
        unit: "ms/s",
        note: `${seconds} s`,
      },
    );
    await after(ask);
  } finally {
    await Promise.all(forked.map((child) => child.end()));
  }
}

/** What each poller has got since it was asked last, once each has got something. */
async function everyPoller(ask: Ask, pollers: number, first: Question): Promise<Got[]> {
  const got: Got[] = [];
  let message = first;
  await until(
    "every poller has it",
    async () => {
      for (const seen of await ask(message)) got.push(...seen.got);
      message = "ask";
      return got.length >= pollers;
    },
    60_000,
    100,
  );
  return got;
}

async function page(url: string): Promise<Result> {
  const took: number[] = [];
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    length = (await (await fetch(url)).arrayBuffer()).byteLength;
    took.push(performance.now() - began);
  }
  const name = `direct: GET ${new URL(url).pathname}, median of 5`;
  return { name, value: median(took), unit: "ms", note: `${Math.round(length / 1000)} kB` };
}

async function sizeOf(url: string, encoding: string): Promise<number> {
  const answer = await fetch(`${url}?hold=off`, { headers: { "accept-encoding": encoding } });
  return encoding === "gzip" ? Number(answer.headers.get("content-length")) : (await answer.arrayBuffer()).byteLength;
}
