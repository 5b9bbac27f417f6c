import autocannon from "autocannon";
import { request } from "undici";
import { forkScript, processorTime } from "./children.ts";
import type { Result } from "./report.ts";
import type { BenchServer } from "./server.ts";
import type { Written } from "./writer.ts";

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

const rounds = 4;
const seconds = 1;

/** Requests per second of the server against what only writes the same bytes, turn by turn in one run; the best turn of each. */
export async function requests(server: BenchServer): Promise<Result[]> {
  const written = await bytesOf(server.endpoint);
  const bare = await startWriter("bare", written);
  const express = await startWriter("express", written);
  const rollcall = { name: "rollcall", url: `${server.endpoint}?hold=off`, pid: server.pid };
  const results: Result[] = [];
  for (const encoding of ["identity", "gzip"]) {
    const rates = await compare([rollcall, bare, express], encoding);
    const [own, best, plain] = [rates.get(rollcall), rates.get(bare), rates.get(express)];
    if (!own || !best || !plain) continue;
    const name = `/traefik in ${encoding}`;
    const target = { least: 0.9 };
    results.push(
      { name: `${name}: requests a second`, value: own.perSecond, unit: "" },
      { name: `${name}: ratio to bare node:http`, value: own.perSecond / best.perSecond, unit: "", target },
      { name: `${name}: the same by processor time`, value: own.perProcessor / best.perProcessor, unit: "" },
      { name: `${name}: Express alone, ratio to bare node:http`, value: plain.perSecond / best.perSecond, unit: "" },
    );
  }
  await Promise.all([bare.end(), express.end()]);
  return results;
}

async function startWriter(kind: string, written: Written) {
  const child = forkScript("writer.ts", kind);
  child.send(written);
  const { port } = await child.receive<{ port: number }>();
  return { name: kind, url: `http://127.0.0.1:${port}/traefik`, pid: child.pid, end: child.end };
}

async function bytesOf(endpoint: string): Promise<Written> {
  const plain = await request(`${endpoint}?hold=off`);
  const { "content-type": type, etag } = plain.headers as Record<string, string>;
  const body = await plain.body.text();
  const zipped = await request(`${endpoint}?hold=off`, { headers: { "accept-encoding": "gzip" } });
  const gzip = Buffer.from(await zipped.body.arrayBuffer()).toString("base64");
  const headers = {
    "Cache-Control": "no-cache",
    Vary: "Accept-Encoding",
    ETag: etag ?? "",
    "Content-Type": type ?? "",
  };
  return { body, gzip, headers };
}

interface Rate {
  readonly perSecond: number;
  /** Requests in a second of the server's own processor time: where the client is what holds things up, this still tells. */
  readonly perProcessor: number;
}

async function compare(contenders: readonly Contender[], encoding: string): Promise<Map<Contender, Rate>> {
  const rates = new Map<Contender, Rate[]>(contenders.map((one) => [one, []]));
  for (const one of contenders) await rate(one, encoding, 0.5);
  for (let i = 0; i < rounds; i++)
    for (const one of contenders) rates.get(one)?.push(await rate(one, encoding, seconds));
  const best = (all: readonly Rate[]): Rate => ({
    perSecond: Math.max(...all.map(({ perSecond }) => perSecond)),
    perProcessor: Math.max(...all.map(({ perProcessor }) => perProcessor)),
  });
  return new Map([...rates].map(([one, all]) => [one, best(all)]));
}

async function rate({ url, pid }: Contender, encoding: string, duration: number): Promise<Rate> {
  const before = processorTime(pid);
  const began = performance.now();
  const result = await autocannon({ url, connections: 10, duration, headers: { "accept-encoding": encoding } });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  const total = result.requests.total;
  const spent = (performance.now() - began) / 1000;
  return { perSecond: total / spent, perProcessor: total / (processorTime(pid) - before) };
}
