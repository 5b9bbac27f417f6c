import { z } from "zod";
import { groupSchema, selectorSchema } from "../../shared/group.ts";
import { heaviest, protocols } from "../../shared/group-service.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type GroupMemory, type Memory, noMemory } from "../roll-call/memory.ts";
import type { Roster } from "../roll-call/roster.ts";
import { type KeptRoutes, keptRoutesSchema } from "./kept-routes.ts";

/** What outlives the server: the roll call's memory, and the groups and routes that were declared last. */
export interface Kept {
  readonly memory: Memory;
  readonly groups: readonly DeclaredGroup[];
  readonly routes: KeptRoutes;
}

export const nothingKept: Kept = { memory: noMemory, groups: [], routes: new Map() };

/** The version of the format. Later additions are optional, so that files of older servers can be read. */
export const keptFormat = 1;

const address = z.union([z.ipv4(), z.ipv6()]);
/** An instance that declared itself. */
const labelledMemory = z.strictObject({ address, keys: z.record(z.string(), z.string()) });

const rosterSchema = z.strictObject({
  group: z.string(),
  source: z.string(),
  project: z.string(),
  replicas: z.int().min(0),
  selector: selectorSchema.optional(),
  nic: z.string().optional(),
  protocol: z.enum(protocols),
  scheme: z.enum(["http", "https", "h2c"]).optional(),
  tls: z.literal(true).optional(),
  port: z.int().min(1).max(65535),
});

/** Reads what `keptJson` made, for Traefik of that version. */
export function keptSchema(traefik: string) {
  const group = groupSchema(traefik).transform((one) => one as DeclaredGroup);
  const groupMemory = z.strictObject({
    roster: rosterSchema.transform((one) => one as Roster),
    members: z.record(z.string(), address),
    weights: z.record(z.string(), z.int().min(0).max(heaviest)).optional(),
    declared: group.optional(),
  });
  return z
    .strictObject({
      format: z.literal(keptFormat),
      memory: z.strictObject({
        opened: z.boolean(),
        groups: z.record(z.string(), groupMemory),
        labelled: z.record(z.string(), z.record(z.string(), labelledMemory)).default({}),
      }),
      groups: z.array(group),
      routes: keptRoutesSchema(traefik).prefault({}),
    })
    .transform(({ memory: { opened, groups: remembered, labelled }, groups, routes }): Kept => {
      const entries = Object.entries(remembered).map(([name, one]) => {
        const { roster, members, weights = {} } = one;
        const declared = one.declared ?? groups.find((group) => group.name === name);
        const memory: GroupMemory = {
          roster,
          members: new Map(Object.entries(members)),
          weights: new Map(Object.entries(weights)),
          ...(declared?.service.protocol === roster.protocol && { declared }),
        };
        return [name, memory] as const;
      });
      const places = Object.entries(labelled).map(
        ([place, instances]) => [place, new Map(Object.entries(instances))] as const,
      );
      return { memory: { opened, groups: new Map(entries), labelled: new Map(places) }, groups, routes };
    });
}

/** What is written. Each declaration is written once: beside the roster only if the file declares another protocol by now. */
export function keptJson({ memory, groups, routes }: Kept): object {
  const entries = [...memory.groups].map(([name, { roster, members, weights, declared }]) => {
    const isFormer = groups.find((group) => group.name === name)?.service.protocol !== roster.protocol;
    const json = {
      roster,
      members: Object.fromEntries(members),
      ...(weights.size > 0 && { weights: Object.fromEntries(weights) }),
      ...(isFormer && declared && { declared }),
    };
    return [name, json] as const;
  });
  const labelled = [...memory.labelled].map(([place, instances]) => [place, Object.fromEntries(instances)] as const);
  return {
    format: keptFormat,
    memory: { opened: memory.opened, groups: Object.fromEntries(entries), labelled: Object.fromEntries(labelled) },
    groups,
    routes: Object.fromEntries(routes),
  };
}
