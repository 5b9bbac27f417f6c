import { harmless } from "../../files/harmless.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../../traefik/objects/objects.ts";
import type { InstanceRemark, Labelled } from "../labels/label-reader.ts";
import { markKey } from "../roll-call/marks.ts";
import { isServed, type LabelledPlan } from "../roll-call/plan.ts";
import type { Remark } from "./choose.ts";

/** One instance that declares itself, for people. */
export interface LabelledRow extends Omit<LabelledPlan, "keys" | "state" | "shared"> {
  /** `member`, `kept`: in the load balancer. `left-out`: it runs, but no service with it is served. `absent`: it does not run. */
  readonly state: LabelledPlan["state"] | "left-out";
  /** Which of its labels are not served or are probably a mistake, and why; and what else is odd about it. */
  readonly problems: readonly string[];
  /** The objects that it declares, alone or with others. */
  readonly objects: readonly ObjectId[];
}

/** Whether an object in that state is served with what its instances declare, be it not all of it. */
const isServedAsDeclared: Readonly<Record<Remark["state"], boolean>> = {
  "left-out": false,
  previous: false,
  pruned: true,
  altered: true,
  noted: true,
};

/** The row of each instance. */
export function labelledRows(
  rows: readonly LabelledPlan[],
  { candidates, problems }: Labelled,
  { objects, remarks }: { readonly objects: ReadonlyMap<ObjectId, ObjectValue>; readonly remarks: readonly Remark[] },
): LabelledRow[] {
  const said = new Map(rows.map((row) => [keyOf(row, row.instance), { row, ...nothingYet() }]));
  for (const { id, reason, instance, ...place } of problems) {
    const one = said.get(keyOf(place, instance));
    one?.problems.push(reason);
    if (id !== undefined) one?.own.add(id);
  }
  const unserved = new Map(remarks.filter(({ state }) => !isServedAsDeclared[state]).map((one) => [one.id, one]));
  for (const { id, place, instances } of candidates) {
    const remark = unserved.get(id);
    const addresses = kindOf(id).endsWith(".services") ? serverHosts(objects.get(id)) : new Set<string>();
    for (const instance of instances) {
      const one = said.get(keyOf(place, instance));
      if (remark && !one?.own.has(id)) one?.problems.push(`${remark.id}: ${remark.reason}`);
      if (one && objects.has(id)) one.objects.push(id);
      if (one?.row.address !== undefined && addresses.has(one.row.address)) one.isServed = true;
    }
  }
  return [...said.values()].map(({ row: { keys: _, shared, ...row }, isServed, problems, objects }) => ({
    ...row,
    state: row.state === "absent" || isServed ? row.state : "left-out",
    problems: shared === undefined ? problems : [...problems, shared],
    objects,
  }));
}

/** By service that labels declare: the keys of the instances that are served in it. */
export function labelledMembers(rows: readonly LabelledRow[]): Map<ObjectId, string[]> {
  const members = new Map<ObjectId, string[]>();
  for (const { state, objects, ...row } of rows)
    for (const id of state !== "left-out" && isServed(state) ? objects : [])
      if (kindOf(id).endsWith(".services")) members.set(id, [...(members.get(id) ?? []), markKey(row)]);
  return members;
}

function keyOf({ source, project }: Pick<LabelledPlan, "source" | "project">, instance: string): string {
  return `${source}/${project}/${instance}`;
}

/** What is known of one instance. `own`: the objects that it takes no part in because of its own problem. */
function nothingYet() {
  return { problems: [] as string[], objects: [] as ObjectId[], own: new Set<ObjectId>(), isServed: false };
}

/** `instance web-0 of local/default: ...` */
export function instanceLine({ source, project, instance, reason }: InstanceRemark): string {
  return harmless(`instance ${instance} of ${source}/${project}: ${reason}`);
}

/** The addresses of a service's servers, without ports. */
export function serverHosts(service: ObjectValue | undefined): ReadonlySet<string> {
  return new Set(serversOf(service).map(hostOf));
}

/** A previous form of a service, with only those of its servers that are at one of these addresses. */
export function withServersAt(service: ObjectValue, addresses: ReadonlySet<string>): ObjectValue {
  const servers = serversOf(service);
  if (servers.length === 0) return service;
  const staying = servers.filter((server) => addresses.has(hostOf(server)));
  return { ...service, loadBalancer: { ...(service.loadBalancer as object), servers: staying } };
}

interface Server {
  readonly url?: string;
  readonly address?: string;
}

function serversOf(service: ObjectValue | undefined): readonly Server[] {
  const { servers } = (service?.loadBalancer ?? {}) as { servers?: readonly Server[] };
  return servers ?? [];
}

function hostOf({ url, address }: Server): string {
  const at = address ?? url?.replace(/^[a-z0-9]+:\/\//, "").replace(/\/.*$/, "") ?? "";
  return at.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}
