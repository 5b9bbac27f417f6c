import { isDeepStrictEqual } from "node:util";
import type { Selector } from "../../shared/group.ts";
import type { Protocol } from "../../shared/group-service.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { placed } from "../../shared/placed.ts";
import { replicaNames } from "../../shared/replica-names.ts";
import { tags } from "../../shared/tags.ts";
import type { Instance } from "./observed.ts";

/** The expected replicas of a group and where they are: what a file can't change without a new roll call. */
export interface Roster {
  readonly group: string;
  /** Where all replicas are; left out if the group is spread over several sources. */
  readonly source?: string;
  /** Of a group that is spread: the source of each replica, by its index. */
  readonly sources?: readonly string[];
  readonly project: string;
  readonly replicas: number;
  /** Instead of names and tags: every instance that matches counts. */
  readonly selector?: Selector;
  readonly nic?: string;
  readonly protocol: Protocol;
  /** For HTTP only. */
  readonly scheme?: "http" | "https" | "h2c";
  /** For TCP: Traefik speaks TLS to the replicas. */
  readonly tls?: true;
  readonly port: number;
}

/** The roster that a group's file declares. */
export function rosterOf(group: DeclaredGroup): Roster {
  const { protocol, scheme, tls, port } = group.service;
  return {
    group: group.name,
    ...(group.spread ? { sources: placed(group).map(({ source }) => source) } : { source: group.source }),
    project: group.project,
    replicas: group.replicas,
    ...(group.selector && { selector: group.selector }),
    ...(group.nic !== undefined && { nic: group.nic }),
    protocol,
    ...(scheme !== undefined && { scheme }),
    ...(tls && { tls }),
    port,
  };
}

export function sameRoster(a: Roster, b: Roster): boolean {
  return isDeepStrictEqual(a, b);
}

/** Whether a selector matches the name and keys of an instance. */
export function selects(selector: Selector, name: string, keys: Readonly<Record<string, string>>): boolean {
  if ("prefix" in selector) return name.startsWith(selector.prefix);
  if ("glob" in selector) return matchesGlob(selector.glob, name);
  return keys[selector.key] === selector.value;
}

/**
 * Whether a glob of letters, digits, dashes, `*` and `?` matches the whole name. Linear in practice and at most glob times name: a
 * regular expression of a dozen stars would try more ways than anyone can wait for.
 */
function matchesGlob(glob: string, name: string): boolean {
  let [at, from] = [0, 0];
  let star = -1;
  let resume = 0;
  while (from < name.length) {
    if (glob[at] === "*") [star, resume] = [at++, from];
    else if (glob[at] === "?" || glob[at] === name[from]) {
      at++;
      from++;
    } else if (star >= 0) [at, from] = [star + 1, ++resume];
    else return false;
  }
  return /^\**$/.test(glob.slice(at));
}

/** Where a replica of a roster, or of a group, is looked for. */
export interface Place {
  readonly source: string;
  readonly project: string;
}

/** The place of each replica of a roster without a selector, in its order. */
export function placesIn(roster: Roster): { readonly name: string; readonly at: Place }[] {
  const { group, replicas } = roster;
  return replicaNames({ name: group, replicas }).map((name) => ({ name, at: placeIn(roster, name) }));
}

/** Where a replica is by a roster. */
export function placeIn({ group, source = "", sources, project }: Roster, name: string): Place {
  return { source: sources?.[Number(name.slice(group.length + 1))] ?? source, project };
}

/** Every place where a roster has replicas, each once. */
export function placesOf({ source = "", sources, project }: Roster): Place[] {
  return [...new Set(sources ?? [source])].map((one) => ({ source: one, project }));
}

/** Whether two places are the same project of the same source. */
export function samePlace(a: Place, b: Place): boolean {
  return a.source === b.source && a.project === b.project;
}

type Instances = ReadonlyMap<string, Instance>;

/** Worked out once for each listing: a search for each group would be quadratic. */
const tagged = new WeakMap<Instances, ReadonlyMap<string | undefined, readonly Instance[]>>();

/** The instances of a listing that carry the tag of a group. */
export function taggedWith(group: string, instances: Instances): readonly Instance[] {
  const known = tagged.get(instances) ?? byTag(instances);
  tagged.set(instances, known);
  return known.get(group) ?? [];
}

function byTag(instances: Instances): Map<string | undefined, Instance[]> {
  const groups = new Map<string | undefined, Instance[]>();
  for (const instance of instances.values()) {
    const group = instance.keys[tags.group];
    const others = groups.get(group);
    if (others) others.push(instance);
    else groups.set(group, [instance]);
  }
  return groups;
}
