import { harmless } from "../../shared/files/harmless.ts";
import type { LabelledPlan } from "../plan.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../routes/objects.ts";
import type { Remark } from "../routes/resolve.ts";
import type { InstanceProblem, Labelled } from "./label-reader.ts";

/** One instance that declares itself, as a person reads of it. */
export interface LabelledRow extends Omit<LabelledPlan, "keys" | "state"> {
  /** `member`, `kept`: in the load balancer. `left-out`: it runs, and no service with it is served. `absent`: it is not there. */
  readonly state: LabelledPlan["state"] | "left-out";
  /** What of its labels is not served, and why. */
  readonly problems: readonly string[];
}

/** Says of each instance what became of it. */
export function labelledRows(
  rows: readonly LabelledPlan[],
  { candidates, problems }: Labelled,
  { objects, remarks }: { readonly objects: ReadonlyMap<ObjectId, ObjectValue>; readonly remarks: readonly Remark[] },
): LabelledRow[] {
  const said = new Map<string, string[]>();
  const served = new Set<string>();
  const keyOf = ({ source, project }: { source: string; project: string }, instance: string) =>
    `${source}/${project}/${instance}`;
  function say(key: string, line: string) {
    said.set(key, [...(said.get(key) ?? []), line]);
  }
  const own = new Set<string>();
  for (const problem of problems) {
    const key = keyOf(problem, problem.instance);
    say(key, problem.message);
    own.add(`${key} ${problem.id}`);
  }
  const unserved = new Map(
    remarks.filter(({ state }) => state === "left-out" || state === "previous").map((one) => [one.id, one]),
  );
  for (const { id, place, instances } of candidates) {
    const remark = unserved.get(id);
    const addresses = kindOf(id).endsWith(".services") ? serverHosts(objects.get(id)) : new Set<string>();
    for (const instance of instances) {
      if (remark && !own.has(`${keyOf(place, instance)} ${id}`))
        say(keyOf(place, instance), `${remark.id}: ${remark.reason}`);
      for (const address of addresses) served.add(`${keyOf(place, instance)} ${address}`);
    }
  }
  return rows.map(({ keys: _, ...row }) => {
    const key = keyOf(row, row.instance);
    const isServed = row.address !== undefined && served.has(`${key} ${row.address}`);
    return {
      ...row,
      state: row.state === "absent" || isServed ? row.state : "left-out",
      problems: said.get(key) ?? [],
    };
  });
}

/** `instance web-0 of local/default: ...` */
export function instanceLine({ source, project, instance, message }: InstanceProblem): string {
  return harmless(`instance ${instance} of ${source}/${project}: ${message}`);
}

/** The addresses of a service's servers, without ports. */
export function serverHosts(service: ObjectValue | undefined): ReadonlySet<string> {
  return new Set(serversOf(service).map(hostOf));
}

/** A service as it was before, with only those of its servers that are at one of these addresses. */
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
