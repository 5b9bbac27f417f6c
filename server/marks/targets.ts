import { didYouMean } from "../../files/did-you-mean.ts";
import { markKey } from "../roll-call/marks.ts";
import { type Instance, listingOf, type Observed } from "../roll-call/observed.ts";
import { membersOf, type Plan, placeOf } from "../roll-call/plan.ts";
import type { Drains } from "./drain.ts";

/** Where an instance is. */
export interface Place {
  readonly source: string;
  readonly project: string;
  readonly instance: string;
}

export interface Fleet {
  readonly plan: Pick<Plan, "groups" | "labelled">;
  /** The keys of the instances of each service that labels declare, by what it is called. */
  readonly labelled: ReadonlyMap<string, readonly string[]>;
  readonly observed: Observed;
  readonly marks: Drains;
  /** The names of all sources. */
  readonly sources: readonly string[];
}

export interface Targets {
  /** By `markKey`, in the order of the words. */
  readonly places: ReadonlyMap<string, Place>;
  /** What is wrong with a word, a sentence each. */
  readonly ambiguous: readonly string[];
  readonly unknown: readonly string[];
}

/**
 * The instances that words name: a replica or another instance, a group, a source; `group:NAME`, `source:NAME` and `SOURCE/PROJECT/NAME` say
 * which. A group and a source stand for the instances that they have now.
 */
export function targetsOf(words: readonly string[], fleet: Fleet): Targets {
  const ways = waysOf(fleet);
  const places = new Map<string, Place>();
  const ambiguous: string[] = [];
  const unknown: string[] = [];
  for (const word of words) {
    const meant = ways.get(word) ?? [];
    const [first, second] = meant;
    if (!first) unknown.push(`${word}: no replica, group, source or instance has that name${hint(word, ways)}`);
    else if (second) ambiguous.push(`${word} may be any of ${meant.map(({ exact }) => exact).join(", ")}: write which`);
    else
      for (const { source, project, instance } of first.places()) {
        const place = { source, project, instance };
        places.set(markKey(place), place);
      }
  }
  return { places, ambiguous, unknown };
}

/** The groups, and the services of labels, that would have no member without these instances, though they have some now. */
export function emptied({ plan, labelled }: Fleet, without: ReadonlySet<string>): string[] {
  const groups = plan.groups.map(
    (one) =>
      [
        one.group.name,
        membersOf(one).map((row) => markKey({ ...placeOf(one.group, row), instance: row.replica })),
      ] as const,
  );
  return [...groups, ...labelled].flatMap(([name, members]) =>
    members.length > 0 && members.every((key) => without.has(key)) ? [name] : [],
  );
}

export function instanceAt(place: Place, observed: Observed): Instance | undefined {
  return listingOf(place, observed)?.instances?.get(place.instance);
}

/** What a word stands for. */
interface Way {
  /** The word that means nothing else. */
  readonly exact: string;
  places(): readonly Place[];
}

/** By each word that means something, what it may mean. */
function waysOf({ plan, observed, marks, sources }: Fleet): Map<string, Way[]> {
  const ways = new Map<string, Way[]>();
  const add = (word: string, way: Way) => {
    ways.set(word, [...(ways.get(word) ?? []), way]);
    ways.set(way.exact, [way]);
  };
  const all = new Map<string, Place>();
  for (const [source, projects] of observed)
    for (const [project, { instances }] of projects)
      for (const instance of instances?.keys() ?? [])
        all.set(markKey({ source, project, instance }), { source, project, instance });
  // While a source can't be read, what is marked there can still be taken back.
  for (const [key, mark] of marks) all.set(key, mark);
  const inGroups = new Map(
    plan.groups.map((group) => [group.group.name, placesOf(group).filter((one) => all.has(markKey(one)))]),
  );
  for (const [key, place] of all) add(place.instance, { exact: key, places: () => [place] });
  for (const [name, places] of inGroups) add(name, { exact: `group:${name}`, places: () => places });
  for (const name of sources) {
    const inSource = ({ source }: { readonly source: string }) => source === name;
    const places = () => [...[...inGroups.values()].flat(), ...plan.labelled].filter(inSource);
    add(name, { exact: `source:${name}`, places });
  }
  return ways;
}

/** Where a group has instances. While it moves it has some in both places. */
function placesOf({ group, replicas }: Plan["groups"][number]): Place[] {
  return replicas.map((row) => ({ ...placeOf(group, row), instance: row.replica }));
}

function hint(word: string, ways: ReadonlyMap<string, unknown>): string {
  return didYouMean(
    word,
    [...ways.keys()].filter((one) => /[:/]/.test(one) === /[:/]/.test(word)),
  );
}
