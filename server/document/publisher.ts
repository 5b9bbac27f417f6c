import { steadyNow } from "../../files/steady-now.ts";
import type { Snapshot } from "./snapshot.ts";

/** The one place where the answer changes. */
export interface Publisher {
  /** The current answer. */
  current(): Snapshot;
  /**
   * Offers a newer answer; the last one offered always wins. An equal version is never published. `since` is when the look began that
   * shows it, by the clock of `performance.now()`.
   */
  offer(next: Snapshot, since?: number): void;
  /** Calls back after each new version, in the same turn. Returns what ends it. */
  onVersion(listener: (snapshot: Snapshot) => void): () => void;
  /** The ordinal of the newest document that is not locked; 0 before the first. One that is equal to its predecessor, with only locks between them, has its ordinal. */
  ordinal(): number;
  /** When the current version was published, in milliseconds since 1970. */
  since(): number;
  /** When the look began that first showed what is new in the current version, by the clock of `performance.now()`. */
  begun(): number;
  /** Whether a newer version waits to be published. */
  settling(): boolean;
  close(): void;
}

/** A removal goes out within 100 ms of the listing that shows it, together with others in that time. */
const removalDelay = 90;

/**
 * The first change after a quiet time goes out at once. Further ones gather until `settle` milliseconds have passed since the
 * last version: each version that Traefik applies resets its health checks and its round-robin. `onFault` is called when a listener
 * throws; the other listeners are called all the same.
 */
export function createPublisher(first: Snapshot, settle: number, onFault: (error: unknown) => void): Publisher {
  const listeners = new Set<(snapshot: Snapshot) => void>();
  let current = first;
  let next = first;
  let published = steadyNow();
  let document = first.status === 200 ? first.version : undefined;
  let ordinal = document === undefined ? 0 : 1;
  let quietUntil = Number.NEGATIVE_INFINITY;
  let due = Number.POSITIVE_INFINITY;
  /** When the first change of those that gather was first looked at. */
  let gathering = Number.POSITIVE_INFINITY;
  let begun = performance.now();
  let timer: NodeJS.Timeout | undefined;

  function publish() {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
    current = next;
    published = steadyNow();
    begun = gathering;
    gathering = Number.POSITIVE_INFINITY;
    if (current.status === 200 && current.version !== document) {
      document = current.version;
      ordinal++;
    }
    // Traefik does not apply a locked answer, so what follows it need not wait.
    quietUntil = current.status === 200 ? performance.now() + settle : Number.NEGATIVE_INFINITY;
    for (const listener of listeners)
      try {
        listener(current);
      } catch (error) {
        onFault(error);
      }
  }

  return {
    current: () => current,
    ordinal: () => ordinal,
    since: () => published,
    begun: () => begun,
    settling: () => due !== Number.POSITIVE_INFINITY,
    offer(offered, since = performance.now()) {
      next = offered;
      if (offered.version === current.version) {
        // Same body, so only headers can differ; cancel the pending publish.
        clearTimeout(timer);
        due = Number.POSITIVE_INFINITY;
        gathering = Number.POSITIVE_INFINITY;
        current = offered;
        return;
      }
      gathering = Math.min(gathering, since);
      const now = performance.now();
      const at = Math.min(due, removes(current, offered) ? Math.min(quietUntil, now + removalDelay) : quietUntil);
      if (at <= now) return publish();
      if (at === due) return;
      clearTimeout(timer);
      due = at;
      timer = setTimeout(publish, at - now);
    },
    onVersion(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearTimeout(timer),
  };
}

function removes(from: Snapshot, to: Snapshot): boolean {
  for (const server of from.served) if (!to.served.has(server)) return true;
  return false;
}
