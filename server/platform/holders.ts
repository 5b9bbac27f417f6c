import { type Address, type Instance, isBare, type Listing, type SourceState } from "../roll-call/observed.ts";

/** Which instance has an address, by address. */
export type Holders = ReadonlyMap<string, Holder>;

interface Holder {
  /** `project/instance` */
  readonly key: string;
  /** When it showed the address last, in milliseconds of a clock that only goes forward. */
  readonly shown: number;
}

/** How long an instance that shows no address keeps the one it had, in milliseconds: it may be restarting. A lease of LXD's DHCP lasts an hour. */
const restarting = 600_000;

/**
 * Marks the addresses that several instances of a source have at `now`: root in a guest can take any address of the subnet. The
 * instance that had it before is its holder; for the others, and for all if none had it before, it is tentative. `before`: the holders
 * as of the previous look.
 */
export function settleAddresses(state: SourceState, before: Holders, now: number) {
  const { all: showing, silent } = shownBy(state, before, now);
  const holders = new Map<string, Holder>();
  for (const [address, all] of showing) {
    const [only, second] = all;
    const previous = before.get(address);
    const isHeld = previous !== undefined && all.has(previous.key);
    const key = isHeld ? previous.key : second === undefined ? only : undefined;
    if (key !== undefined) holders.set(address, isHeld && silent.has(key) ? previous : { key, shown: now });
  }
  const shared = new Map([...showing].filter(([, all]) => all.size > 1));
  if (shared.size === 0) return { state, holders };
  const mark = (key: string) => (one: Address) => {
    const others = [...(shared.get(one.address) ?? [])].filter((other) => other !== key);
    if (others.length === 0) return one;
    const tentative = one.tentative || holders.get(one.address)?.key !== key;
    return { ...one, tentative, sharedWith: others.map(spelled).join(", ") };
  };
  const marked = new Map(
    [...state].map(([project, listing]) => [project, withAddresses(project, listing, mark)] as const),
  );
  return { state: marked, holders };
}

/** The instances that have each address. Those that are `silent` show none now, and have what they held. */
function shownBy(state: SourceState, before: Holders, now: number) {
  const all = new Map<string, Set<string>>();
  const silent = new Set<string>();
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
      if (one.nics.every(({ addresses }) => addresses.length === 0)) silent.add(key);
      for (const nic of one.nics) for (const { address } of nic.addresses) add(address, key);
    }
  for (const [address, { key, shown }] of before)
    if (silent.has(key) && (unknown.has(key) || now - shown < restarting)) add(address, key);
  return { all, silent };
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
