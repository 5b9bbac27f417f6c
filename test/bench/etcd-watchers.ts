import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { frozen } from "../../server/document/snapshot.ts";
import { type Written, writtenOf } from "../../server/outputs/writer.ts";
import { writerOf } from "../../server/outputs.ts";
import { encode } from "../../traefik/encode.ts";
import { type Etcd, startEtcd } from "../support/real/etcd.ts";
import { until } from "../support/until.ts";
import { forkScript, pause, processorTime, sharedNow } from "./children.ts";
import type { Arrivals, StartWatchers } from "./etcd-watchers-child.ts";
import { median, type Result } from "./report.ts";

export interface WatchersOptions {
  readonly groups: number;
  readonly replicas: number;
  /** The most; a tenth of them and none are measured too. */
  readonly watchers: number;
  readonly changes: number;
  /** How long nothing changes, each time. */
  readonly seconds: number;
}

interface Parts extends WatchersOptions {
  readonly etcd: Etcd;
  /** Writes the next document. */
  readonly change: () => Promise<unknown>;
}

const prefix = "traefik";
const children = 2;
const never = new AbortController().signal;

/** What followers by `etcd://` cost a real etcd: an output writes a document of the whole fleet, and so many watchers follow it. */
export async function etcdWatchers(options: WatchersOptions, tell: (...results: Result[]) => void): Promise<void> {
  const etcd = await startEtcd();
  try {
    const writer = writerOf({ etcd: [...etcd.endpoints], prefix, lease: 600_000 }, "");
    let count = 0;
    const change = () => writer.write(documentOf(options, count++), never);
    const { body } = documentOf(options, 0);
    const note = `${Math.round(gzipSync(body).length / 1000)} kB with gzip`;
    tell({ name: "the document", value: body.length / 1000, unit: "kB", note });
    await change();
    for (const watchers of [0, Math.round(options.watchers / 10), options.watchers])
      tell(...(await watched({ ...options, watchers, etcd, change })));
    await writer.close();
  } finally {
    await etcd.down();
  }
}

async function watched(parts: Parts): Promise<Result[]> {
  const { etcd, watchers, change, changes, seconds } = parts;
  const forked = Array.from({ length: watchers > 0 ? children : 0 }, () => forkScript("etcd-watchers-child.ts"));
  const pids = forked.map(({ pid }) => pid);
  const each = { endpoints: etcd.endpoints, prefix, count: watchers / children } satisfies StartWatchers;
  const name = (what: string) => `${watchers} watchers: ${what}`;
  await Promise.all(forked.map((child) => child.receive()));
  const troubles: string[] = [];
  /** When each watcher had the document. */
  const everyWatcher = async () => {
    const all: number[] = [];
    const hasAll = async () => {
      for (const child of forked) {
        const answer = child.receive<Arrivals>();
        child.send({ message: "ask" });
        const { came, problems } = await answer;
        all.push(...came);
        troubles.push(...problems);
      }
      return all.length >= watchers;
    };
    await until("every watcher has it", hasAll, 60_000, 50);
    return all;
  };
  try {
    const began = sharedNow();
    for (const child of forked) child.send(each);
    const connected = (await everyWatcher()).map((at) => at - began);
    const retries = `${troubles.splice(0).length} tries failed`;
    await pause(3000);
    const [idle, idleBytes] = [await figures(etcd), receivedBy(pids)];
    await pause(1000 * seconds);
    const [after, afterBytes] = [await figures(etcd), receivedBy(pids)];
    const [took, processor, own, bytes]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let i = 0; i < changes; i++) {
      const [before, used, had] = [await figures(etcd), ownTime(pids), receivedBy(pids)];
      const at = sharedNow();
      await change();
      took.push(...(await everyWatcher()).map((one) => one - at));
      await pause(1000);
      processor.push((await figures(etcd)).processor - before.processor);
      own.push(ownTime(pids) - used);
      bytes.push((receivedBy(pids) - had) / 1e6);
    }
    const ofEtcd = [
      {
        name: name("etcd's processor time, nothing changes"),
        value: (after.processor - idle.processor) / seconds,
        unit: "ms/s",
      },
      { name: name("etcd's processor time of one change"), value: median(processor), unit: "ms" },
      { name: name("etcd's resident memory"), value: (await figures(etcd)).memory, unit: "MB" },
    ];
    if (watchers === 0) return ofEtcd;
    return [
      ...ofEtcd,
      {
        name: name("bytes to all, nothing changes"),
        value: (1000 * (afterBytes - idleBytes)) / seconds / 1e6,
        unit: "kB/s",
      },
      { name: name("bytes of one change"), value: median(bytes), unit: "MB" },
      {
        name: name("from the write to a watcher, median"),
        value: median(took),
        unit: "ms",
        note: `${changes} changes`,
      },
      { name: name("from the write to a watcher, most"), value: Math.max(...took), unit: "ms" },
      { name: name("their own processor time of one change"), value: median(own), unit: "ms" },
      {
        name: name("all connect at once, the last has its document"),
        value: Math.max(...connected),
        unit: "ms",
        note: retries,
      },
      { name: name("later, etcd did not answer one in time"), value: troubles.length, unit: "times" },
    ];
  } finally {
    await Promise.all(forked.map((child) => child.end()));
  }
}

/** The document of a fleet whose addresses are in no order, in which one replica has another address than in the one before. */
function documentOf({ groups, replicas }: WatchersOptions, change: number): Written {
  const moved = (change * replicas) % (groups * replicas);
  const url = (index: number) => {
    const host = ((index === moved ? groups * replicas : index) * 40_503) % 65_536;
    return `http://10.77.${host >> 8}.${host & 255}:3000`;
  };
  const names = Array.from({ length: groups }, (_, index) => `group${index}`);
  const servers = (group: number) =>
    Array.from({ length: replicas }, (_, replica) => ({ url: url(group * replicas + replica) }));
  const services = names.map((name, group) => [name, { loadBalancer: { servers: servers(group) } }]);
  const routers = names.map((name) => [name, { rule: `Host(\`${name}.localhost\`)`, service: name }]);
  const http = { routers: Object.fromEntries(routers), services: Object.fromEntries(services) };
  return writtenOf(frozen({ status: 200, body: encode({ http }) })) as Written;
}

/** etcd's processor time so far in milliseconds, and its resident memory in megabytes, as it says itself. */
async function figures({ endpoints: [endpoint = ""] }: Etcd) {
  const text = await (await fetch(`http://${new URL(endpoint).hostname}:2381/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  return { processor: 1000 * value("process_cpu_seconds_total"), memory: value("process_resident_memory_bytes") / 1e6 };
}

const ownTime = (pids: readonly number[]) => 1000 * pids.reduce((sum, pid) => sum + processorTime(pid), 0);

/** The bytes that came so far by the open connections of these processes to an etcd. */
function receivedBy(pids: readonly number[]): number {
  if (pids.length === 0) return 0;
  const text = execFileSync("ss", ["-tinpHO", "dport = :2379"], { encoding: "utf8", maxBuffer: 64e6 });
  const ours = text.split("\n").filter((line) => pids.some((pid) => line.includes(`pid=${pid},`)));
  return ours.reduce((sum, line) => sum + Number(/bytes_received:(\d+)/.exec(line)?.[1] ?? 0), 0);
}
