import { byCodePoint } from "../../files/by-code-point.ts";
import type { LabelledMemory } from "./memory.ts";
import type { Instance, Listing, Observed } from "./observed.ts";
import type { LabelledPlan } from "./plan.ts";
import { instancePresence } from "./presence.ts";

/** A project of a source whose instances declare themselves. */
export interface SelfDeclaring {
  readonly source: string;
  readonly project: string;
  /** What an instance with these `user.*` keys asks for: `nic` is the one to reach it by. Undefined where it declares nothing. */
  reads(keys: Readonly<Record<string, string>>): { readonly nic: string | undefined } | undefined;
}

/** What is known of the instances of one project that declare themselves. */
export interface LabelledCall {
  readonly place: SelfDeclaring;
  /** Whether the project was ever read, in this run or as far as is remembered. */
  readonly known: boolean;
  readonly rows: readonly LabelledPlan[];
}

/** Calls the instances that declare themselves. Nobody else says how many there are, so nobody is waited for; who is unknown stays. */
export function callLabelled(
  place: SelfDeclaring,
  memory: LabelledMemory | undefined,
  observed: Observed,
): LabelledCall {
  const listing = observed.get(place.source)?.get(place.project);
  const rows = listing?.instances ? fromListing(place, listing, memory) : fromMemory(place, listing, memory);
  return { place, known: listing?.instances !== undefined || memory !== undefined, rows };
}

function fromMemory(
  { source, project }: SelfDeclaring,
  listing: Listing | undefined,
  memory: LabelledMemory = new Map(),
): LabelledPlan[] {
  const detail = listing?.problem ?? `project ${project} of source ${source} has not been read yet`;
  return [...memory].map(([instance, { address, keys }]) => ({
    source,
    project,
    instance,
    keys,
    state: "kept",
    address,
    reason: "not-read",
    detail,
  }));
}

function fromListing(place: SelfDeclaring, listing: Listing, memory: LabelledMemory = new Map()): LabelledPlan[] {
  const rows: LabelledPlan[] = [];
  for (const instance of listing.instances?.values() ?? []) {
    // Of an instance on an offline cluster member only the name is there: what it said before holds.
    const keys = instance.state === "error" ? memory.get(instance.name)?.keys : labelKeys(instance);
    const read = keys && place.reads(keys);
    if (read) rows.push(row(place, instance.name, keys, listing, memory, read.nic));
  }
  return rows.sort((a, b) => byCodePoint(a.instance, b.instance));
}

function row(
  { source, project }: SelfDeclaring,
  instance: string,
  keys: Readonly<Record<string, string>>,
  listing: Listing,
  memory: LabelledMemory,
  nic: string | undefined,
): LabelledPlan {
  const about = { source, project, instance, keys };
  const served = memory.get(instance)?.address;
  const presence = instancePresence({ source, project, nic }, instance, listing, served);
  if (presence.is === "present") {
    const { address } = presence;
    if (listing.problem === undefined) return { ...about, state: "member", address };
    return { ...about, state: "kept", address, reason: "not-read", detail: listing.problem };
  }
  const { reason, detail } = presence;
  const address =
    presence.is === "unknown" ? (served === undefined ? undefined : (presence.address ?? served)) : undefined;
  return address === undefined
    ? { ...about, state: "absent", reason, detail }
    : { ...about, state: "kept", address, reason, detail };
}

/** What of an instance's keys may be a label that somebody reads. cloud-init's are no labels, long, and full of secrets. */
function labelKeys({ keys }: Instance): Readonly<Record<string, string>> {
  const isForeign = (key: string) => /^user\.(user-data|vendor-data|meta-data|network-config)$/.test(key);
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !isForeign(key)));
}
