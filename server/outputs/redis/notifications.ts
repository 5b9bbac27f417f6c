import type { Redis } from "ioredis";

/**
 * What is wrong with Redis's `notify-keyspace-events`, by which Traefik hears of changes; empty if nothing is. Traefik sets it once, when it
 * starts: after a restart of Redis it may be gone.
 */
export async function eventsWarning(client: Redis): Promise<string[]> {
  let events: string | undefined;
  try {
    [, events] = (await client.config("GET", "notify-keyspace-events")) as string[];
  } catch (error) {
    // A managed Redis has no CONFIG, and a user may not be allowed it.
    if (!(error instanceof Error) || error.name !== "ReplyError") throw error;
  }
  if (events === undefined)
    return [
      "notify-keyspace-events can't be read by this user: see that redis.conf has notify-keyspace-events KA, or Traefik hears of no change",
    ];
  if (tells(events)) return [];
  return [
    `notify-keyspace-events is "${events}", so Traefik hears of no change: CONFIG SET notify-keyspace-events KA, and write it into redis.conf`,
  ];
}

/** K: events by key. A includes the kinds generic, string and expired. */
function tells(events: string): boolean {
  return events.includes("K") && (events.includes("A") || ["g", "$", "x"].every((kind) => events.includes(kind)));
}
