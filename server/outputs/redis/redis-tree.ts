import type { Redis } from "ioredis";

/** The values of all keys under `prefix/`; undefined is one that is no text. */
export async function readTree(client: Redis, prefix: string): Promise<Map<string, string | undefined>> {
  const keys = new Set<string>();
  const pattern = `${prefix.replace(/[\\*?[\]]/g, "\\$&")}/*`;
  let cursor = "0";
  do {
    const [next, found] = await client.scan(cursor, "MATCH", pattern, "COUNT", batch);
    cursor = next;
    for (const key of found) keys.add(key);
  } while (cursor !== "0");
  const all = [...keys];
  const tree = new Map<string, string | undefined>();
  for (let at = 0; at < all.length; at += batch) {
    const some = all.slice(at, at + batch);
    const values = await client.mget(some);
    for (const [n, key] of some.entries()) tree.set(key, values[n] ?? undefined);
  }
  return tree;
}

const batch = 1000;
