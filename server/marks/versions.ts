/** When something was written, and by which server: unique, and equal for everybody. */
export interface Version {
  /** By the clock of `createClock`. */
  readonly at: number;
  readonly by: string;
}

/** What was written last under a key. */
export interface Entry {
  readonly version: Version;
  /** Whether that was its end. */
  readonly ended: boolean;
  /** When it is forgotten, in milliseconds since 1970 by the clock of the server that holds it. */
  readonly until: number;
}

export type Register<E extends Entry = Entry> = ReadonlyMap<string, E>;

/** What servers over the same inputs share besides their memory and the marks themselves. */
export interface Shared {
  /** By `markKey`. An entry stays here after its mark has ended, so that its end is known. */
  readonly marks: Register;
  /** By the name of the source. */
  readonly accepts: Register;
  /** By group: when the roster that is in effect took effect. */
  readonly effects: ReadonlyMap<string, Version>;
}

export const nothingShared: Shared = { marks: new Map(), accepts: new Map(), effects: new Map() };

export function isNewer(one: Version, other: Version | undefined): boolean {
  if (!other || one.at !== other.at) return one.at > (other?.at ?? Number.NEGATIVE_INFINITY);
  return one.by > other.by;
}

/** The entries of another register that are newer than one's own. */
export function newsOf<E extends Entry>(own: Register, theirs: Register<E>): Register<E> {
  return new Map([...theirs].filter(([key, { version }]) => isNewer(version, own.get(key)?.version)));
}

/** Joins two registers: of each key, the entry of the newer version. Commutative, associative and idempotent. */
export function merge<E extends Entry>(own: Register<E>, theirs: Register<E>): Register<E> {
  return new Map([...own, ...newsOf(own, theirs)]);
}

/**
 * A clock that no wrong clock can lose a write to: the machine's, but always later than every version that was written or heard of. What is written
 * after something was heard is newer, whatever the clocks say.
 */
export function createClock(by: string, now: () => number) {
  let last = 0;
  return {
    next(): Version {
      last = Math.max(now(), last + 1);
      return { at: last, by };
    },
    hear(versions: Iterable<Version>) {
      for (const { at } of versions) last = Math.max(last, at);
    },
  };
}
