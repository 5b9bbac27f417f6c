import { listingOf, type Observed } from "./observed.ts";
import { isServed, type Plan, type ServedInstance, servedInstances } from "./plan.ts";

/** Marks each row that is served at an address which another instance has too: Traefik reaches only one of them there. */
export function markShared(plan: Plan, observed: Observed): Plan {
  const all = new Map<string | undefined, Set<string>>();
  for (const one of servedInstances(plan)) {
    const others = all.get(one.address);
    if (others) others.add(spelled(one));
    else all.set(one.address, new Set([spelled(one)]));
  }
  function sharedBy(one: Place, at: string | undefined): string | undefined {
    const nics = listingOf(one, observed)?.instances?.get(one.name)?.nics ?? [];
    const shown = nics.flatMap(({ addresses }) => addresses).find(({ address }) => address === at)?.sharedWith;
    const others = [...(all.get(at) ?? [])].filter((other) => other !== spelled(one));
    const whose = shown ?? (others.length > 0 ? others.join(", ") : undefined);
    return whose === undefined ? undefined : `its address is also that of ${whose}`;
  }
  const marked = <Row extends { readonly address?: string | undefined; readonly shared?: string }>(
    row: Row,
    place: Place,
  ): Row => {
    const shared = sharedBy(place, row.address);
    return shared === undefined ? row : { ...row, shared };
  };
  return {
    ...plan,
    groups: plan.groups.map((group) => {
      const { source, project } = group.inEffect ?? group.group;
      const replicas = group.replicas.map((row) =>
        isServed(row.state) ? marked(row, { source, project, name: row.replica }) : row,
      );
      return { ...group, replicas };
    }),
    labelled: plan.labelled.map((row) => marked(row, { ...row, name: row.instance })),
  };
}

type Place = Omit<ServedInstance, "address">;

function spelled({ source, project, name }: Place): string {
  return `${name} of ${source}/${project}`;
}
