import { isNewer, type Version } from "../marks/versions.ts";
import type { GroupMemory, LabelledMemory, Memory } from "../roll-call/memory.ts";
import { type Roster, sameRoster } from "../roll-call/roster.ts";

/** What a server remembers, with when each roster took effect, by group. */
export interface Remembered {
  readonly memory: Memory;
  readonly effects: ReadonlyMap<string, Version>;
}

/** What this server declares of a group. */
export interface OwnGroup {
  readonly name: string;
  readonly roster: Roster;
  /** Whether the other server declares it equally: of a group that it declares otherwise nothing is taken. */
  readonly equal: boolean;
}

/**
 * Takes over what another server over the same inputs remembers and this one lacks: what was once in effect there is in effect here. Pure, and
 * idempotent. A group whose declared roster is in effect here changes nothing but the addresses of which an instance has several:
 * `follows` says that they are the other server's to choose.
 */
export function adopt(own: Remembered, theirs: Remembered, groups: readonly OwnGroup[], follows: boolean): Remembered {
  const taken = groups.flatMap(({ name, roster, equal }) => {
    const [mine, other] = [own.memory.groups.get(name), theirs.memory.groups.get(name)];
    if (!equal || !other) return [];
    if (isBetter(name, mine, other, roster)) return [{ name, memory: other, effect: theirs.effects.get(name) }];
    if (!mine || !follows) return [];
    const members = joined(mine.members, other.members, (_, address) => address);
    return [{ name, memory: { ...mine, members }, effect: own.effects.get(name) }];
  });
  const all = groups.length > 0 && groups.every(({ equal }) => equal);
  const labelled = new Map(theirs.memory.labelled);
  for (const [project, mine] of own.memory.labelled)
    labelled.set(project, follows ? atTheirs(mine, labelled.get(project)) : mine);
  return {
    memory: {
      opened: own.memory.opened || (theirs.memory.opened && all),
      groups: new Map([...own.memory.groups, ...taken.map(({ name, memory }) => [name, memory] as const)]),
      labelled,
    },
    effects: new Map([
      ...own.effects,
      ...taken.flatMap(({ name, effect }) => (effect ? [[name, effect] as const] : [])),
    ]),
  };

  function isBetter(name: string, mine: GroupMemory | undefined, other: GroupMemory, declared: Roster): boolean {
    if (!mine) return true;
    if (sameRoster(mine.roster, declared)) return false;
    if (sameRoster(other.roster, declared)) return true;
    const effect = theirs.effects.get(name);
    return effect !== undefined && isNewer(effect, own.effects.get(name));
  }
}

function atTheirs(mine: LabelledMemory, theirs: LabelledMemory = new Map()): LabelledMemory {
  return joined(mine, theirs, (one, { address }) => ({ ...one, address }));
}

/** A map with its own keys; those that the other one has too are joined. */
function joined<T>(own: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>, join: (mine: T, theirs: T) => T) {
  return new Map(
    [...own].map(([key, mine]) => {
      const theirs = other.get(key);
      return [key, theirs === undefined ? mine : join(mine, theirs)] as const;
    }),
  );
}

/** Notes when the rosters took effect that are others after a roll call. */
export function noteEffects(before: Memory, after: Memory, effects: Remembered["effects"], stamp: () => Version) {
  const changed = [...after.groups].filter(([name, { roster }]) => {
    const known = before.groups.get(name);
    return !known || (known.roster !== roster && !sameRoster(known.roster, roster));
  });
  const kept = [...effects].filter(([name]) => after.groups.has(name));
  return new Map([...kept, ...changed.map(([name]) => [name, stamp()] as const)]);
}
