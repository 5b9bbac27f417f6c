import { byCodePoint } from "../../files/by-code-point.ts";
import type { Marks } from "./marks.ts";
import type { LabelledMemory } from "./memory.ts";
import { isBare, type Listing } from "./observed.ts";
import type { LabelledPlan } from "./plan.ts";
import { instancePresence, rowOf, servedAt } from "./presence.ts";

/** A project of a source whose instances declare themselves. */
export interface SelfDeclaring {
  readonly source: string;
  readonly project: string;
  /** What an instance with these `user.*` keys asks for: `nic` is the one to reach it by. Undefined where it declares nothing. */
  reads(keys: Readonly<Record<string, string>>): { readonly nic: string | undefined } | undefined;
}

/**
 * Calls the instances that declare themselves. Nothing else says how many there are, so none is waited for; one that is unknown stays.
 * Labels ask for nothing but an address, so none is starting.
 */
export function callLabelled(
  declaring: SelfDeclaring,
  memory: LabelledMemory = new Map(),
  listing: Listing | undefined,
  marks: Marks = new Map(),
): LabelledPlan[] {
  const { source, project } = declaring;
  return [...keysOf(listing, memory)]
    .flatMap(([instance, keys]): LabelledPlan[] => {
      const read = declaring.reads(keys);
      if (!read) return [];
      const remembered = memory.get(instance)?.address;
      const presence = instancePresence({ source, project, nic: read.nic }, instance, listing, remembered, marks);
      const address = servedAt(presence, remembered);
      return [{ source, project, instance, keys, ...rowOf(presence, address, listing?.problem), address }];
    })
    .sort((a, b) => byCodePoint(a.instance, b.instance));
}

/** The keys of each instance. Of one that is lost no port can be asked, so listings that agree are enough. */
function keysOf(listing: Listing | undefined, memory: LabelledMemory): Map<string, Keys> {
  if (!listing?.instances) return new Map([...memory].map(([name, { keys }]) => [name, keys]));
  const all = new Map<string, Keys>();
  for (const one of listing.instances.values()) {
    if (one.state === "unlisted" && one.agreed) continue;
    const keys = isBare(one) ? memory.get(one.name)?.keys : labelKeys(one.keys);
    if (keys) all.set(one.name, keys);
  }
  return all;
}

type Keys = Readonly<Record<string, string>>;

/** The keys that may be labels. cloud-init's are long, full of secrets, and never labels. */
function labelKeys(keys: Keys): Keys {
  const isForeign = (key: string) => /^user\.(user-data|vendor-data|meta-data|network-config)$/.test(key);
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !isForeign(key)));
}
