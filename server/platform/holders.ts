import { type Address, type Instance, isBare, type Listing, type SourceState } from "../roll-call/observed.ts";

/** Which instance has an address, by address: `project/instance`. */
export type Holders = ReadonlyMap<string, string>;

/**
 * Marks the addresses that several instances of a source show: root in a guest can take any address of the subnet. The instance that
 * had it before is its holder; for the others, and for all if none had it before, it is tentative. `before`: the holders as of the
 * previous look.
 */
export function settleAddresses(state: SourceState, before: Holders): { state: SourceState; holders: Holders } {
  const showing = shownBy(state, before);
  const holders = new Map<string, string>();
  for (const [address, all] of showing) {
    const [only, second] = all;
    const previous = before.get(address);
    const holder = previous !== undefined && all.has(previous) ? previous : second === undefined ? only : undefined;
    if (holder !== undefined) holders.set(address, holder);
  }
  const shared = new Map([...showing].filter(([, all]) => all.size > 1));
  if (shared.size === 0) return { state, holders };
  const mark = (key: string) => (one: Address) => {
    const others = [...(shared.get(one.address) ?? [])].filter((other) => other !== key);
    if (others.length === 0) return one;
    const tentative = one.tentative || holders.get(one.address) !== key;
    return { ...one, tentative, sharedWith: others.map(spelled).join(", ") };
  };
  const marked = new Map(
    [...state].map(([project, listing]) => [project, withAddresses(project, listing, mark)] as const),
  );
  return { state: marked, holders };
}

/** The instances that show each address. One whose network is unknown at the moment still shows what it held. */
function shownBy(state: SourceState, before: Holders): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  const unknown = new Set<string>();
  const add = (address: string, key: string) => {
    const others = all.get(address);
    if (others) others.add(key);
    else all.set(address, new Set([key]));
  };
  for (const [project, { instances }] of state)
    for (const one of instances?.values() ?? []) {
      const key = keyOf(project, one.name);
      if (isBare(one) || one.state === "unread") unknown.add(key);
      for (const nic of one.nics) for (const { address } of nic.addresses) add(address, key);
    }
  for (const [address, key] of before) if (unknown.has(key)) add(address, key);
  return all;
}

function withAddresses(project: string, listing: Listing, mark: (key: string) => (one: Address) => Address): Listing {
  if (!listing.instances) return listing;
  const marked = (one: Instance): Instance => ({
    ...one,
    nics: one.nics.map((nic) => ({ ...nic, addresses: nic.addresses.map(mark(keyOf(project, one.name))) })),
  });
  return { ...listing, instances: new Map([...listing.instances].map(([name, one]) => [name, marked(one)])) };
}

function keyOf(project: string, name: string): string {
  return `${project}/${name}`;
}

/** A name of an instance has no slash. */
function spelled(key: string): string {
  const at = key.lastIndexOf("/");
  return `${key.slice(at + 1)} of project ${key.slice(0, at)}`;
}
