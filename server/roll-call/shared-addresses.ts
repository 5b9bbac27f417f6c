import type { Observed } from "./observed.ts";
import { isServed, type Plan, type ServedInstance, servedInstances } from "./plan.ts";

/** Marks each row that is served at an address which another instance has too: Traefik reaches only one of them there. */
export function markShared(plan: Plan, observed: Observed): Plan {
  const all = new Map<string, Set<string>>();
  for (const one of servedInstances(plan)) {
    const others = all.get(one.address);
    if (others) others.add(spelled(one));
    else all.set(one.address, new Set([spelled(one)]));
  }
  function sharedBy(one: ServedInstance): string | undefined {
    const nics = observed.get(one.source)?.get(one.project)?.instances?.get(one.name)?.nics ?? [];
    const shown = nics.flatMap(({ addresses }) => addresses).find(({ address }) => address === one.address)?.sharedWith;
    const others = [...(all.get(one.address) ?? [])].filter((other) => other !== spelled(one));
    const whose = shown ?? (others.length > 0 ? others.join(", ") : undefined);
    return whose === undefined ? undefined : `its address is also that of ${whose}`;
  }
  const marked = <Row extends { readonly address?: string; readonly shared?: string }>(
    row: Row,
    place: Omit<ServedInstance, "address">,
  ): Row => {
    const shared = row.address === undefined ? undefined : sharedBy({ ...place, address: row.address });
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

function spelled({ source, project, name }: Omit<ServedInstance, "address">): string {
  return `${name} of ${source}/${project}`;
}
