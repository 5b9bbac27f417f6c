import { z } from "zod";
import { groupSchemas, selectorSchema } from "../../shared/group.ts";
import { heaviest, protocolOf, protocols } from "../../shared/group-service.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type Drains, mostMarks } from "../marks/drain.ts";
import { nothingShared, type Shared } from "../marks/versions.ts";
import { markKey } from "../roll-call/marks.ts";
import { type GroupMemory, type LabelledMemory, type Memory, noMemory } from "../roll-call/memory.ts";
import type { Roster } from "../roll-call/roster.ts";
import { type KeptRoutes, keptRouteReader } from "./kept-routes.ts";
import { readShared, sharedJson } from "./kept-shared.ts";
import { parseKnown, partReader, readOnce } from "./parts.ts";

/** What outlives the server: the roll call's memory, the groups and routes that were declared last, and the marks with what peers know of them. */
export interface Kept {
  readonly memory: Memory;
  readonly groups: readonly DeclaredGroup[];
  readonly routes: KeptRoutes;
  readonly marks: Drains;
  readonly shared: Shared;
}

export const nothingKept: Kept = {
  ...{ memory: noMemory, groups: [], routes: new Map(), marks: new Map() },
  shared: nothingShared,
};

/** The version of the format. Unknown keys are ignored and later additions are optional, so that older and newer servers read each other's files. */
export const keptFormat = 1;

/** What could be read of a file; undefined if it is not of the format at all. */
export interface ReadKept {
  readonly kept?: Kept;
  /** What could not be read. It names groups, files and instances, and quotes no value. */
  readonly problem?: string;
}

const record = z.record(z.string(), z.unknown());
const fileSchema = z.object({
  format: z.literal(keptFormat),
  memory: z.object({ opened: z.boolean(), groups: record, labelled: record.default({}) }),
  groups: z.array(z.unknown()),
  routes: record.default({}),
  marks: z.array(z.unknown()).default([]),
  shared: z
    .object({ marks: record.default({}), accepts: record.default({}), effects: record.default({}) })
    .prefault({}),
});

const address = z.union([z.ipv4(), z.ipv6()]);
const weight = z.int().min(0).max(heaviest);
/** An instance that declared itself. */
const labelledMemory = z.object({ address, keys: z.record(z.string(), z.string()) });
const groupMemory = z.object({
  roster: z
    .object({
      group: z.string(),
      source: z.string().optional(),
      sources: z.array(z.string()).optional(),
      project: z.string(),
      replicas: z.int().min(0),
      selector: selectorSchema.optional(),
      nic: z.string().optional(),
      protocol: z.enum(protocols),
      scheme: z.enum(["http", "https", "h2c"]).optional(),
      tls: z.literal(true).optional(),
      port: z.int().min(1).max(65535),
    })
    .transform((one) => one as Roster),
  members: record,
  weights: record.default({}),
  declared: z.unknown().optional(),
});

const time = z.int().min(0);
const drain = z.object({
  source: z.string(),
  project: z.string(),
  instance: z.string(),
  uuid: z.string(),
  by: z.string(),
  since: time,
  until: time,
  grace: time,
});

/**
 * Reads what `keptText` made, for Traefik of that version. Each part is read by itself: one that can't be read is left out, and the
 * problem has its path.
 */
export function keptReader(traefik: string): (text: string) => ReadKept {
  const schemas = groupSchemas(traefik);
  const routesOnce = readOnce(keptRouteReader(traefik));
  const groupsOnce = readOnce((value) => parseKnown(schemas[protocolOf(value)], value) as DeclaredGroup | undefined);

  return (text) => {
    const file = fileSchema.safeParse(jsonOf(text)).data;
    if (!file) return { problem: `is damaged, or not of format ${keptFormat}, and is left out` };
    const parts = partReader();
    groupsOnce.newRound();
    routesOnce.newRound();
    const groups = parts.list("groups", file.groups, groupsOnce.read);
    const declaredBy = new Map(groups.map((group) => [group.name, group]));
    const remembered = parts.map("memory.groups", file.memory.groups, (value, path, name): GroupMemory | undefined => {
      const one = groupMemory.safeParse(value).data;
      if (!one) return undefined;
      const { roster } = one;
      const own = one.declared === undefined ? [] : parts.list(`${path}.declared`, [one.declared], groupsOnce.read);
      const declared = own[0] ?? declaredBy.get(name);
      return {
        roster,
        members: parts.map(`${path}.members`, one.members, (value) => address.safeParse(value).data),
        weights: parts.map(`${path}.weights`, one.weights, (value) => weight.safeParse(value).data),
        ...(declared?.service.protocol === roster.protocol && { declared }),
      };
    });
    const labelled = parts.map("memory.labelled", file.memory.labelled, (value, path): LabelledMemory | undefined => {
      const instances = record.safeParse(value).data;
      return instances && parts.map(path, instances, (one) => labelledMemory.safeParse(one).data);
    });
    const routes = parts.map("routes", file.routes, (value, path) => {
      const all = z.array(z.unknown()).safeParse(value).data;
      return all && parts.list(path, all, routesOnce.read);
    });
    const marks = parts.list("marks", file.marks.slice(0, mostMarks), (value) => drain.safeParse(value).data);
    const memory = { opened: file.memory.opened, groups: remembered, labelled };
    const byKey = new Map(marks.map((one) => [markKey(one), one]));
    const kept = { memory, groups, routes, marks: byKey, shared: readShared(file.shared, parts) };
    return { kept, ...parts.problem() };
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is written. Each declaration is written once: beside the roster only if the file declares another protocol by now, or nothing. */
export function keptText({ memory, groups, routes, marks, shared }: Kept): string {
  const protocols = new Map(groups.map(({ name, service }) => [name, service.protocol]));
  const entries = [...memory.groups].map(([name, { roster, members, weights, declared }]) => {
    const isFormer = protocols.get(name) !== roster.protocol;
    const json = {
      roster,
      members: Object.fromEntries(members),
      ...(weights.size > 0 && { weights: Object.fromEntries(weights) }),
      ...(isFormer && declared && { declared }),
    };
    return [name, json] as const;
  });
  const labelled = [...memory.labelled].map(([place, instances]) => [place, Object.fromEntries(instances)] as const);
  const json = {
    format: keptFormat,
    memory: { opened: memory.opened, groups: Object.fromEntries(entries), labelled: Object.fromEntries(labelled) },
    groups,
    routes: Object.fromEntries(routes),
    marks: [...marks.values()],
    shared: sharedJson(shared),
  };
  // A number too large for JavaScript is written as text; the reader takes both.
  return JSON.stringify(json, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
