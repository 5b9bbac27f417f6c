import type { Mark } from "../roll-call/marks.ts";

/** A mark as it is kept, with what its drain waits for besides. */
export interface Drain extends Mark {
  /** How long requests in flight are given once everyone has let go, in milliseconds. */
  readonly grace: number;
}

/** By `markKey`. */
export type Drains = ReadonlyMap<string, Drain>;

/** As many as there may be at once. */
export const mostMarks = 10_000;

/** Since when an instance is in no document that is published: the ordinal of the first one without it, and when that was published. */
export interface Release {
  readonly ordinal: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** What is published: the part of the publisher that is followed. */
export interface Published<Part> {
  current(): Part & { readonly status: number };
  ordinal(): number;
  /** When the current version was published, in milliseconds since 1970. */
  since(): number;
  onVersion(listener: () => void): unknown;
}
