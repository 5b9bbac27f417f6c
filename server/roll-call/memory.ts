import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import type { Roster } from "./roster.ts";

/** What a roll call remembers. Together with the files and the listings it decides every byte. */
export interface Memory {
  /** Whether every declared group has once been in effect: the document is locked until then. */
  readonly opened: boolean;
  /** By group. Without the groups that were never in effect; with those that are no longer declared, until they are forgotten. */
  readonly groups: ReadonlyMap<string, GroupMemory>;
  /** By `source/project`: the instances that declare themselves. Without the projects that were never read. */
  readonly labelled: ReadonlyMap<string, LabelledMemory>;
}

/** By name: where an instance is served, and what it declared. */
export type LabelledMemory = ReadonlyMap<
  string,
  { readonly address: string; readonly keys: Readonly<Record<string, string>> }
>;

export interface GroupMemory {
  /** The roster in effect. */
  readonly roster: Roster;
  /** The address at which each member is served, by instance name. */
  readonly members: ReadonlyMap<string, string>;
  /** The weights that members' instances asked for, by name. */
  readonly weights: ReadonlyMap<string, number>;
  /** The last declaration of the roster's protocol. Left out where none is known. */
  readonly declared?: DeclaredGroup;
}

export const noMemory: Memory = { opened: false, groups: new Map(), labelled: new Map() };
