import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Redis } from "ioredis";
import type { Keyed } from "../key-value/flatten.ts";
import type { Report, Writer, Written } from "../writer.ts";
import { eventsWarning } from "./notifications.ts";
import { openRedis, type RedisSettings } from "./redis-client.ts";
import { readTree } from "./redis-tree.ts";
import { redisWords } from "./redis-words.ts";

/** How long a writer that has fallen silent keeps others out, in milliseconds. It renews its lock three times in that. */
const lease = 15_000;
/** How long giving back the lock may take, in milliseconds. */
const longestEnd = 1000;

/** From this number of keys on, a change of many keeps Traefik busy for seconds: it lists all keys again for each that changed. */
const manyKeys = 1000;

type Keys = Keyed["keys"];

/**
 * Writes documents as the keys of Traefik's Redis provider: only what differs, in one transaction that also takes or renews a lock. A
 * writer that was paused until another one took over changes nothing, since the lock is watched from before it is read.
 */
export function createRedisWriter(
  settings: RedisSettings & { readonly prefix: string },
  keysOf: (document: Written) => Keyed,
): Writer {
  const { prefix, redis: where } = settings;
  // Not under the prefix: Traefik would list all keys at each renewal.
  const lock = `rollcall:writer:${prefix}`;
  const mark = `rollcall:version:${prefix}`;
  const self = `${hostname()} ${randomUUID()}`;
  let client: Redis | undefined;
  /** What this writer put there last, and whether it has held the lock on one connection since. */
  let last: Keys | undefined;
  let isSure = false;
  /** Whether it may have the lock: the answer that says so may not have come. */
  let mayHold = false;
  let wasDeaf = false;

  /** Undefined: the lock changed hands meanwhile, and nothing was written. */
  async function put(open: Redis, keys: Keys, version: string): Promise<Report | undefined> {
    await open.watch(lock);
    const holder = await open.get(lock);
    if (holder !== null && holder !== self) {
      await open.unwatch();
      [last, isSure] = [undefined, false];
      return { warnings: [], standby: `another rollcall, on ${holder.slice(0, 300).split(" ")[0]}, writes there` };
    }
    const deaf = await eventsWarning(open);
    const isKnown = isSure && holder === self && last !== undefined;
    const there = isKnown && last ? last : await readTree(open, prefix);
    const { changed, removed } = difference(there, keys);
    const lost = last && changed.length + removed.length > 0 ? sizeOf(difference(there, last)) : 0;
    // Traefik, deaf until now, looks again when any key is written.
    if (wasDeaf && deaf.length === 0 && changed.length === 0) changed.push(...[...keys].slice(0, 1));
    const [foreign] = [...changed.map(([key]) => key).filter((key) => there.has(key)), ...removed];
    if (foreign !== undefined && !isKnown && (await open.exists(mark)) === 0)
      throw new Error(
        `${prefix}/ holds keys that are not rollcall's, such as ${foreign.slice(0, 200)}: remove them, or choose another prefix`,
      );
    const transaction = open.multi().set(lock, self, "PX", lease).set(mark, version);
    if (changed.length > 0) transaction.mset(new Map(changed));
    if (removed.length > 0) transaction.del(removed);
    mayHold = true;
    const results = await transaction.exec();
    if (results === null) return undefined;
    for (const [error] of results) if (error) throw error;
    [last, isSure, wasDeaf] = [keys, true, deaf.length > 0];
    return {
      warnings: keys.size < manyKeys ? deaf : [...deaf, tooMany(keys.size)],
      repaired:
        lost === 0 ? undefined : `${where}: ${lost} keys under ${prefix}/ were missing or changed by somebody else`,
      again: lease / 3,
    };
  }

  async function write(document: Written, signal: AbortSignal): Promise<Report> {
    const { keys, warnings } = keysOf(document);
    const stop = () => client?.disconnect();
    signal.addEventListener("abort", stop);
    try {
      client ??= await openRedis(settings, signal);
      for (let tries = 0; tries < 5; tries++) {
        const report = await put(client, keys, document.version);
        if (report) return { ...report, warnings: [...warnings, ...report.warnings] };
        isSure = false;
      }
      return { warnings, standby: `the lock ${lock} changes hands all the time` };
    } catch (error) {
      isSure = false;
      client?.disconnect();
      client = undefined;
      throw new Error(redisWords(where, error));
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  return {
    target: `redis ${where} ${prefix}/`,
    write,
    check(document, signal) {
      isSure = false;
      return write(document, signal);
    },
    /** Gives the lock back: whoever stands by need not wait for its end. */
    async close() {
      const late = AbortSignal.timeout(longestEnd);
      late.addEventListener("abort", () => client?.disconnect());
      try {
        if (mayHold) {
          client ??= await openRedis(settings, late);
          await client.watch(lock);
          if ((await client.get(lock)) === self) await client.multi().del(lock).exec();
        }
      } catch {
        // It ends by itself.
      }
      client?.disconnect();
    },
  };
}

function difference(there: ReadonlyMap<string, string | undefined>, keys: Keys) {
  return {
    changed: [...keys].filter(([key, value]) => there.get(key) !== value),
    removed: [...there.keys()].filter((key) => !keys.has(key)),
  };
}

function sizeOf({ changed, removed }: ReturnType<typeof difference>): number {
  return changed.length + removed.length;
}

function tooMany(count: number): string {
  return `${count} keys: for each that changes Traefik lists all of them again, so a change of many takes seconds; from ${manyKeys} keys on use etcd`;
}
