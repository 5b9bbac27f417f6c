import { goneInstance } from "./events.ts";
import type { WireEvent } from "./wire.ts";

/**
 * Tells a removal from a silent loss. An instance that is served and missing from a listing is gone at once if an event told of it.
 * Without one the listing may be wrong: it is believed when it has been so for a while.
 */
export interface Guard {
  /** The instances that are served, by project. Each call replaces the previous one. */
  watch(served: Served): void;
  hear(event: WireEvent): void;
  /** What a listing that was asked for at `start`, in milliseconds of a clock that only goes forward, has lost. */
  lostFrom(project: string, listed: ReadonlySet<string>, start: number): Loss;
}

export type Served = ReadonlyMap<string, ReadonlySet<string>>;

export interface Loss {
  /** The served instances that the listing lacks though no event told of it. */
  readonly names: readonly string[];
  /** How long listings have to agree before it is believed, in milliseconds. */
  readonly confirmedAfter: number;
}

/** In milliseconds: for a few instances, and for more than half of those of a project. Without events a change takes as long anyway. */
const patience = { few: 1000, most: 10_000 } as const;

export function createGuard(): Guard {
  let served: Served = new Map();
  /** When an event told of the end of a served instance, by `project/name`. */
  const gone = new Map<string, number>();
  return {
    watch(next) {
      served = next;
      for (const key of gone.keys()) {
        const at = key.lastIndexOf("/");
        if (!served.get(key.slice(0, at))?.has(key.slice(at + 1))) gone.delete(key);
      }
    },
    hear(event) {
      const told = goneInstance(event);
      if (told && served.get(told.project)?.has(told.name)) gone.set(`${told.project}/${told.name}`, performance.now());
    },
    lostFrom(project, listed, start) {
      const all = [...(served.get(project) ?? [])];
      // An instance that was made again under its name can be lost again.
      for (const name of all) {
        const at = gone.get(`${project}/${name}`);
        if (at !== undefined && at < start && listed.has(name)) gone.delete(`${project}/${name}`);
      }
      const names = all.filter((name) => !listed.has(name) && !gone.has(`${project}/${name}`));
      return { names, confirmedAfter: names.length > all.length / 2 ? patience.most : patience.few };
    },
  };
}
