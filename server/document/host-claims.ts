import { type Candidate, kindOf, type ObjectValue } from "../../traefik/objects/objects.ts";
import type { Hosts } from "../../traefik/rule/hosts.ts";
import { routerHosts } from "../labels/allowed.ts";
import type { LabelCandidate } from "../labels/candidate.ts";

const known = new WeakMap<ObjectValue, Hosts>();

/**
 * The candidates of labels, with a problem for each router that would answer a host that belongs to a group, a route file or a
 * project that comes first in the configuration. A host that the project's allow-list names literally may be shared; one that
 * only matches a pattern may not.
 */
export function withoutTakenHosts(
  candidates: readonly LabelCandidate[],
  operators: readonly Candidate[],
  traefik: string,
): LabelCandidate[] {
  if (candidates.length === 0) return [];
  const owners = new Map<string, { readonly by: Candidate; readonly place?: object }>();
  for (const by of operators) for (const host of hostsOf(by, traefik)) if (!owners.has(host)) owners.set(host, { by });
  return candidates.map((candidate) => {
    const { place } = candidate;
    const hosts = hostsOf(candidate, traefik);
    const taken = hosts.find((host) => {
      const owner = owners.get(host);
      return owner && owner.place !== place && !place.allow.hosts.includes(host);
    });
    if (taken === undefined) {
      for (const host of hosts) if (!owners.has(host)) owners.set(host, { by: candidate, place });
      return candidate;
    }
    const problem = `rule: host ${taken} is answered by ${owners.get(taken)?.by.origin}; to share it, name it in allow.hosts`;
    return { ...candidate, value: undefined, problem, withdrawn: true };
  });
}

function hostsOf({ id, value }: Candidate, traefik: string): readonly string[] {
  const kind = kindOf(id);
  if (!value || (kind !== "http.routers" && kind !== "tcp.routers")) return [];
  const hosts = known.get(value) ?? routerHosts(kind === "tcp.routers" ? "tcp" : "http", value.rule, traefik);
  known.set(value, hosts);
  return hosts === "any" ? [] : hosts;
}
