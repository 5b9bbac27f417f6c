/** Every timer, timestamp and random number of one daemon, so that closing it leaves none behind and a seed repeats it. */
export interface Clock {
  /** Resolves after so many milliseconds, and never once the clock has ended. */
  after(ms: number): Promise<void>;
  /** Calls `work` every so many milliseconds until the returned function is called. */
  every(ms: number, work: () => void): () => void;
  /** The present in LXD's own format: RFC 3339 with nanoseconds. */
  now(): string;
  /** A number from 0 up to, not including, 1. */
  random(): number;
  uuid(): string;
  end(): void;
}

export function createClock(seed: number): Clock {
  const timers = new Set<NodeJS.Timeout>();
  const random = mulberry32(seed);
  let ended = false;
  return {
    after: (ms) =>
      new Promise((resolve) => {
        if (ended) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          resolve();
        }, ms);
        timers.add(timer);
      }),
    every(ms, work) {
      const timer = setInterval(work, ms);
      timers.add(timer);
      return () => {
        clearInterval(timer);
        timers.delete(timer);
      };
    },
    now: timestamp,
    random,
    uuid: () => [8, 4, 4, 4, 12].map((length) => hex(random, length)).join("-"),
    end() {
      ended = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function timestamp(): string {
  const ms = performance.timeOrigin + performance.now();
  const nanoseconds = String(Math.floor((ms % 1) * 1e6)).padStart(6, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${nanoseconds}Z`;
}

function hex(random: () => number, length: number): string {
  let text = "";
  while (text.length < length) text += Math.floor(random() * 16).toString(16);
  return text;
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
