import type { Instance } from "../roll-call/observed.ts";

/** Notices that instances change and no event tells: a daemon says nothing, and no error, to a client that may not see its events. */
export interface Unheard {
  hear(): void;
  /** A stream was opened: what changed before it is not its fault. */
  forget(): void;
  /** `now` is that of `performance.now()`. */
  look(instances: readonly Instance[], now: number): void;
  problem(now: number): string | undefined;
}

/** An event may come so many milliseconds after the look that saw its change. LXD 5.0.2 took up to 0.8 s. */
const late = 5000;

export function createUnheard(): Unheard {
  let before: string | undefined;
  let isTold = false;
  let since: number | undefined;
  return {
    hear() {
      isTold = true;
      since = undefined;
    },
    forget() {
      before = undefined;
      since = undefined;
    },
    look(instances, now) {
      const seen = instances.map(({ name, state }) => `${name} ${state === "running" || state === "unread"}`);
      const picture = seen.sort().join();
      if (before !== undefined && picture !== before && !isTold) since ??= now;
      before = picture;
      isTold = false;
    },
    problem: (now) =>
      since !== undefined && now - since > late
        ? "instances change and no event tells: this client may not see the events of its projects, so they are listed every 10 s"
        : undefined,
  };
}
