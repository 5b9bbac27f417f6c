import type { Scheduler } from "fast-check";

/** What is on its way between two parts: an answer, a request, an event, a write. */
export interface Wires {
  /** Sends something, which arrives when the scheduler chooses it, after `latest` milliseconds at the latest. Returns what takes it back. */
  send(what: string, latest: number, arrive: () => void): () => void;
  /** So many things arrive, one after the other, if as many are on their way. */
  arrive(count: number): Promise<void>;
  /** Things arrive until none is late any more. */
  arriveLate(): Promise<void>;
}

const nothing = Promise.resolve();

/** Lets everything happen that waits for no time and for no wire. */
export async function settle() {
  for (let turn = 0; turn < 12; turn++) await nothing;
}

/** fast-check's scheduler alone decides what arrives next. */
export function createWires(scheduler: Scheduler, trace: (line: string) => void): Wires {
  const underway = new Set<{ readonly until: number }>();
  let arrived = 0;

  async function one() {
    const before = arrived;
    // What was taken back is still in the scheduler.
    while (arrived === before && underway.size > 0) await scheduler.waitOne();
    await settle();
  }
  return {
    send(what, latest, arrive) {
      const sent = { until: Date.now() + latest };
      underway.add(sent);
      void scheduler.schedule(nothing, what).then(() => {
        if (!underway.delete(sent)) return;
        arrived++;
        trace(what);
        arrive();
      });
      return () => void underway.delete(sent);
    },
    async arrive(count) {
      for (let left = count; left > 0 && underway.size > 0; left--) await one();
    },
    async arriveLate() {
      const isLate = ({ until }: { readonly until: number }) => until <= Date.now();
      while ([...underway].some(isLate)) await one();
    },
  };
}
