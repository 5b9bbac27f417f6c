import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { steadyNow } from "../../files/steady-now.ts";
import type { Drain } from "../marks/drain.ts";
import { createMarks, type Marks } from "../marks/marks.ts";
import { createClock, type Entry, merge, newsOf, type Register, type Shared } from "../marks/versions.ts";
import type { Memory } from "../roll-call/memory.ts";
import type { Kept } from "../state/format.ts";
import { noteEffects, type Remembered } from "./adopt.ts";

/** An entry as another server tells it. */
export interface Told extends Entry {
  /** The mark; undefined if it has ended, there or for everybody. */
  readonly drain?: Drain;
}

/** What this server shares with others over the same inputs. */
export interface Sharing {
  /** What it is called among them. Made anew at each start: a copied state directory makes no two servers one. */
  readonly id: string;
  /** Its marks. One that is set or taken back gets a version; one that ends by itself doesn't. */
  readonly marks: Marks;
  current(): Shared;
  /** Notes that what the listings of a source say is accepted. */
  accept(source: string): void;
  noteEffects(before: Memory, after: Memory): void;
  /** Notes that what is remembered was taken over. */
  adopted(effects: Remembered["effects"]): void;
  /** Takes over what is newer elsewhere, and returns the sources that were accepted there. */
  take(theirs: { readonly marks: Register<Told>; readonly accepts: Register }): readonly string[];
}

export interface SharingOptions {
  readonly kept: Pick<Kept, "marks" | "shared">;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
}

/** So long an end is remembered after its mark would have ended, and an accept, in milliseconds. */
const hour = 3_600_000;

export function createSharing({ kept, log, now = steadyNow }: SharingOptions): Sharing {
  const id = randomBytes(6).toString("hex");
  const clock = createClock(id, now);
  const own = createMarks({ kept: kept.marks, log, now });
  let shared = kept.shared;
  hear(shared);
  const unversioned = [...own.current()].filter(([key]) => !shared.marks.has(key));
  put(unversioned.map(([key, mark]) => [key, written(mark.until, false)]));

  function hear({ marks, accepts }: Pick<Shared, "marks" | "accepts">) {
    clock.hear([...marks.values(), ...accepts.values()].map(({ version }) => version));
  }
  function written(until: number, ended: boolean): Entry {
    return { version: clock.next(), ended, until: until + hour };
  }
  function living<E extends Entry>(register: Register<E>): Register<E> {
    return new Map([...register].filter(([, { until }]) => until > now()));
  }
  function put(entries: Iterable<readonly [string, Entry]>) {
    shared = { ...shared, marks: living(new Map([...shared.marks, ...entries])) };
  }
  /** What changes the marks is told at once, and kept with their versions: so these come first. */
  function change(entries: Iterable<readonly [string, Entry]>, apply: () => void) {
    const before = shared;
    put(entries);
    try {
      apply();
    } catch (error) {
      shared = before;
      throw error;
    }
  }

  const marks: Marks = {
    ...own,
    set(drains) {
      const entries = [...drains].map(([key, { until }]) => [key, written(until, false)] as const);
      change(entries, () => own.set(drains));
    },
    takeBack(keys) {
      const ending = [...keys].flatMap((key) => {
        const mark = own.current().get(key);
        return mark ? [[key, written(mark.until, true)] as const] : [];
      });
      change(ending, () => own.takeBack(ending.map(([key]) => key)));
    },
  };

  function takeMarks(theirs: Register<Told>) {
    // That an instance is gone is for each server to see.
    const news = [...newsOf(shared.marks, living(theirs))].filter(([, { ended, drain }]) => ended || drain);
    if (news.length === 0) return;
    const drains = new Map(news.flatMap(([key, { drain }]) => (drain ? [[key, drain] as const] : [])));
    const ended = news.flatMap(([key, one]) => (one.ended && own.current().has(key) ? [key] : []));
    const entries = news.map(([key, { version, ended, until }]) => [key, { version, ended, until }] as const);
    try {
      change(entries, () => {
        own.set(drains);
        own.takeBack(ended);
      });
      log.info({ drained: [...drains.keys()], undrained: ended }, "marks of a peer are taken over");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      log.warn({ problem: error.message }, "the marks of a peer are not taken over");
    }
  }

  return {
    id,
    marks,
    current: () => shared,
    accept(source) {
      const accepts = living(new Map([...shared.accepts, [source, written(now(), false)]]));
      shared = { ...shared, accepts };
    },
    noteEffects(before, after) {
      shared = { ...shared, effects: noteEffects(before, after, shared.effects, clock.next) };
    },
    adopted(effects) {
      shared = { ...shared, effects };
    },
    take(theirs) {
      hear(theirs);
      takeMarks(theirs.marks);
      const news = newsOf(shared.accepts, living(theirs.accepts));
      shared = { ...shared, accepts: living(merge(shared.accepts, news)) };
      return [...news.keys()];
    },
  };
}
