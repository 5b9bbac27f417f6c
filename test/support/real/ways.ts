import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Etcd, startEtcd } from "./etcd.ts";
import { type RealRedis, startRedis } from "./redis.ts";

/** How a document comes from a rollcall to a Traefik: by the provider that Traefik calls so, or by HTTP from a follower. */
export const ways = ["http", "file", "etcd", "redis", "follow"] as const;
export type Way = (typeof ways)[number];

/** What stands between a rollcall and a Traefik. */
export interface Places {
  /** The directory of the file output. */
  readonly watched: string;
  readonly etcd: Etcd;
  readonly redis: RealRedis;
  close(): Promise<void>;
}

export async function openPlaces(): Promise<Places> {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-ways-"));
  const watched = join(directory, "watched");
  mkdirSync(watched);
  const [etcd, redis] = await Promise.all([startEtcd(), startRedis()]);
  return {
    watched,
    etcd,
    redis,
    async close() {
      await Promise.all([etcd.down(), redis.remove()]);
      rmSync(directory, { recursive: true });
    },
  };
}

/** The output of a rollcall in each way that has one. */
export function outputOf(way: Way, { watched, etcd, redis }: Places): object | undefined {
  if (way === "file") return { file: join(watched, "rollcall.yml") };
  if (way === "etcd") return { etcd: etcd.endpoints };
  return way === "redis" ? { redis: redis.url } : undefined;
}

/** The flags by which a Traefik reads a document in one way only. Its HTTP endpoint is given beside them. */
export function wayFlags(way: Way, { watched, etcd, redis }: Omit<Places, "close">): string[] {
  if (way === "file") return [`--providers.file.directory=${watched}`];
  if (way === "etcd") return [etcdFlag(etcd)];
  if (way === "redis") return [`--providers.redis.endpoints=127.0.0.1:${redis.port}`];
  return ["--providers.http.pollInterval=1s"];
}

export const etcdFlag = ({ endpoints }: Pick<Etcd, "endpoints">) =>
  `--providers.etcd.endpoints=${endpoints.map((url) => new URL(url).host).join(",")}`;
