import { isServed, type Plan, type ReplicaPlan } from "../roll-call/plan.ts";
import type { LabelledRow } from "./instance-rows.ts";

/** One that is in a load balancer has an address; of another it is known why not. */
type Row = Pick<ReplicaPlan, "address" | "reason" | "detail" | "shared">;

/** By the words for each: `web-1`, `instance a of local/default`. */
export type Shown = ReadonlyMap<string, Row>;

/** The replicas and the instances that declare themselves. */
export function shownIn({ groups }: Pick<Plan, "groups">, labelled: readonly LabelledRow[]): Shown {
  const replicas = groups.flatMap(({ group, replicas }) =>
    replicas.map(({ address, ...row }): [string, Row] => {
      const name = group.selector ? `${row.replica} of group ${group.name}` : row.replica;
      return [name, isServed(row.state) && address !== undefined ? { ...row, address } : row];
    }),
  );
  const instances = labelled.map(({ state, address, problems, ...row }): [string, Row] => {
    const name = `instance ${row.instance} of ${row.source}/${row.project}`;
    if (state === "left-out") return [name, { detail: problems[0] ?? "no service of it is served" }];
    return [name, isServed(state) && address !== undefined ? { ...row, address } : row];
  });
  return new Map([...replicas, ...instances]);
}

/** More lines than these are counted instead. */
const most = 20;

/** What joined, moved and left, a line each, and which addresses are shared from now on. */
export function changeLines(before: Shown, after: Shown): string[] {
  const lines = [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    const shared = is?.shared !== undefined && is.shared !== was?.shared ? [`${name}: ${is.shared}`] : [];
    if (was?.address === is?.address) return shared;
    if (was?.address === undefined) return [`${name} joined: ${is?.address}`, ...shared];
    if (is?.address !== undefined) return [`${name} moved: ${was.address} -> ${is.address}`, ...shared];
    return [`${name} left: ${is ? whyOf(is) : "no longer declared"} (was ${was.address})`];
  });
  return lines.length > most ? [...lines.slice(0, most), `and ${lines.length - most} more changes`] : lines;
}

/** The reasons that say it all. */
const plain: ReadonlySet<string | undefined> = new Set(["missing", "stopped", "frozen"]);

function whyOf({ reason, detail }: Pick<ReplicaPlan, "reason" | "detail">): string {
  return (plain.has(reason) ? reason : detail) ?? reason ?? "waits for the others";
}
