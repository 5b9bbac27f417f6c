import type { Memory } from "./memory.ts";
import { type Address, type Listing, listingOf, type Observed } from "./observed.ts";
import { isServed, type Plan, placeOf, type ServedInstance, servedInstances } from "./plan.ts";
import { type Place, placeIn } from "./roster.ts";

/**
 * The listings, with every address marked as tentative at which an instance of another source is served and that it still shows. Within a
 * source the source itself settles that.
 */
export function yieldToOthers(observed: Observed, memory: Memory): Observed {
  if (observed.size < 2) return observed;
  const holders = new Map<string, Named>();
  for (const one of servedBy(memory)) {
    const nics = listingOf(one, observed)?.instances?.get(one.name)?.nics ?? [];
    const isShown = nics.some(({ addresses }) => addresses.some(({ address }) => address === one.address));
    if (isShown && !holders.has(one.address)) holders.set(one.address, one);
  }
  const holderOf = (source: string, address: string) => {
    const holder = holders.get(address);
    return holder && holder.source !== source ? holder : undefined;
  };
  const marked = (source: string, listing: Listing): Listing => {
    const yielding = [...(listing.instances ?? [])].flatMap(([name, one]) => {
      const isTheirs = one.nics.some(({ addresses }) => addresses.some(({ address }) => holderOf(source, address)));
      if (!isTheirs) return [];
      const mark = (each: Address): Address => {
        const holder = holderOf(source, each.address);
        return holder ? { ...each, tentative: true, sharedWith: spelled(holder) } : each;
      };
      const nics = one.nics.map((nic) => ({ ...nic, addresses: nic.addresses.map(mark) }));
      return [[name, { ...one, nics }] as const];
    });
    if (!listing.instances || yielding.length === 0) return listing;
    return { ...listing, instances: new Map([...listing.instances, ...yielding]) };
  };
  return new Map(
    [...observed].map(([source, state]) => [
      source,
      new Map([...state].map(([project, listing]) => [project, marked(source, listing)])),
    ]),
  );
}

/** The instances that a memory has as served, and where. */
function servedBy({ groups, labelled }: Memory): ServedInstance[] {
  const members = [...groups.values()].flatMap(({ roster, members }) =>
    [...members].map(([name, address]) => ({ ...placeIn(roster, name), name, address })),
  );
  const others = [...labelled].flatMap(([key, all]) => {
    const [source = "", project = ""] = key.split("/");
    return [...all].map(([name, { address }]) => ({ source, project, name, address }));
  });
  return [...members, ...others];
}

/** Marks each row that is served at an address which another instance has too: Traefik reaches only one of them there. */
export function markShared(plan: Plan, observed: Observed): Plan {
  const all = new Map<string | undefined, Set<string>>();
  for (const one of servedInstances(plan)) {
    const others = all.get(one.address);
    if (others) others.add(spelled(one));
    else all.set(one.address, new Set([spelled(one)]));
  }
  function sharedBy(one: Named, at: string | undefined): string | undefined {
    const nics = listingOf(one, observed)?.instances?.get(one.name)?.nics ?? [];
    const shown = nics.flatMap(({ addresses }) => addresses).find(({ address }) => address === at)?.sharedWith;
    const those = all.get(at);
    // Of thousands hardly one shares its address.
    const others = those && those.size > 1 ? [...those].filter((other) => other !== spelled(one)) : [];
    const whose = shown ?? (others.length > 0 ? others.join(", ") : undefined);
    return whose === undefined ? undefined : `its address is also that of ${whose}`;
  }
  const marked = <Row extends { readonly address?: string | undefined; readonly shared?: string }>(
    row: Row,
    place: Named,
  ): Row => {
    const shared = sharedBy(place, row.address);
    return shared === undefined ? row : { ...row, shared };
  };
  return {
    ...plan,
    groups: plan.groups.map((group) => {
      const replicas = group.replicas.map((row) =>
        isServed(row.state) ? marked(row, named(placeOf(group.group, row), row.replica)) : row,
      );
      return { ...group, replicas };
    }),
    labelled: plan.labelled.map((row) => marked(row, { ...row, name: row.instance })),
  };
}

type Named = Omit<ServedInstance, "address">;

const named = ({ source, project }: Place, name: string): Named => ({ source, project, name });

function spelled({ source, project, name }: Named): string {
  return `${name} of ${source}/${project}`;
}
