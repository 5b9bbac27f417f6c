import { goneInstance } from "./events.ts";
import type { WireEvent } from "./wire.ts";

/**
 * Tells a removal from a silent loss. An instance that is served and missing from a listing is gone at once if an event told of it.
 * Without one the listing may be wrong: a few are believed when listings have lacked them for a second. Of many at once nobody is gone
 * until more than listings says so, or the operator does.
 */
export interface Guard {
  /** The instances that are served, by project. Each call replaces the previous one. */
  watch(served: Served): void;
  /** The projects of the instances that are served. */
  projects(): string[];
  hear(event: WireEvent): void;
  /** What a listing that was asked for at `start`, in milliseconds of a clock that only goes forward, has lost. */
  lostFrom(project: string, listed: ReadonlySet<string>, start: number): Loss;
  /** Has the next listing of each project believed. */
  accept(): void;
}

export type Served = ReadonlyMap<string, ReadonlySet<string>>;

export interface Loss {
  /** The served instances that the listing lacks though no event told of it. */
  readonly names: readonly string[];
  /** Those that were lost together with too many others: listings alone don't make them gone. */
  readonly held: ReadonlySet<string>;
  /** The operator says that the listing is right. */
  readonly accepted: boolean;
}

/** How many of a project's served instances a listing may lose at once: a number, or a percentage such as `50%`. */
export type GuardShare = number | string;

export function createGuard(share: GuardShare): Guard {
  let served: Served = new Map();
  let acceptedAt = Number.NEGATIVE_INFINITY;
  /** When the listing that was last believed for the operator's word was asked for, by project. */
  const believed = new Map<string, number>();
  /** When an event told of the end of a served instance, by `project/name`. */
  const gone = new Map<string, number>();
  const held = new Set<string>();
  return {
    watch(next) {
      served = next;
      const isServed = (key: string) => {
        const at = key.lastIndexOf("/");
        return served.get(key.slice(0, at))?.has(key.slice(at + 1));
      };
      for (const key of gone.keys()) if (!isServed(key)) gone.delete(key);
      for (const key of held) if (!isServed(key)) held.delete(key);
    },
    projects: () => [...served].flatMap(([project, names]) => (names.size > 0 ? [project] : [])),
    hear(event) {
      const told = goneInstance(event);
      if (told && served.get(told.project)?.has(told.name)) gone.set(`${told.project}/${told.name}`, performance.now());
    },
    lostFrom(project, listed, start) {
      const all = [...(served.get(project) ?? [])];
      for (const name of all.filter((one) => listed.has(one))) {
        const key = `${project}/${name}`;
        held.delete(key);
        // An instance that was made again under its name can be lost again.
        if ((gone.get(key) ?? start) < start) gone.delete(key);
      }
      const names = all.filter((name) => !listed.has(name) && !gone.has(`${project}/${name}`));
      const accepted = (believed.get(project) ?? Number.NEGATIVE_INFINITY) < acceptedAt && start >= acceptedAt;
      if (accepted) believed.set(project, start);
      if (names.length > most(share, all.length)) for (const name of names) held.add(`${project}/${name}`);
      return { names, held: new Set(names.filter((name) => held.has(`${project}/${name}`))), accepted };
    },
    accept() {
      acceptedAt = performance.now();
    },
  };
}

function most(share: GuardShare, served: number): number {
  return typeof share === "number" ? share : (served * Number(share.slice(0, -1))) / 100;
}
