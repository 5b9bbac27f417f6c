import { entryPointsOf, kindOf } from "../../traefik/objects/objects.ts";
import { wildcardOf } from "../../traefik/rule/hosts.ts";
import type { LabelledProject } from "../labels/label-sources.ts";
import { type Router, type RouterReach, routerReach } from "./router-reach.ts";

/** Which hosts belong to whom. A look-up costs what the name has labels, not what there are claims. */
export interface HostClaims {
  /** Claims what a router answers. Whoever comes first has it. `place`: its project, undefined for an operator's. */
  add(router: Router & { readonly origin: string }, place?: LabelledProject): void;
  /** Why a router of a project may not be served: it can answer what an operator or another project has claimed. */
  refusal(router: Router, place: LabelledProject): string | undefined;
}

interface Owner {
  readonly origin: string;
  readonly place: LabelledProject | undefined;
}

export function createHostClaims(traefik: string): HostClaims {
  /** By host or pattern of one star. */
  const named = new Map<string, Owner>();
  /** The same by the pattern that covers it and then by project; those under `""` are all. */
  const under = new Map<string, Map<LabelledProject | undefined, Map<string, Owner>>>();
  const wide: (Owner & { readonly covers: (host: string) => boolean })[] = [];
  const raised: (Owner & { readonly router: Router; readonly priority: bigint })[] = [];

  function put(pattern: string, host: string, owner: Owner) {
    const places = under.get(pattern) ?? new Map<LabelledProject | undefined, Map<string, Owner>>();
    const hosts = places.get(owner.place) ?? new Map<string, Owner>();
    under.set(pattern, places.set(owner.place, hosts.set(host, owner)));
  }

  /** What others have of the hosts that a pattern covers, and is not to be shared. */
  function foreign(pattern: string, place: LabelledProject) {
    for (const [owner, hosts] of under.get(pattern) ?? [])
      if (owner !== place) for (const [host, { origin }] of hosts) if (!isShared(host, place)) return { host, origin };
    return undefined;
  }

  function hostRefusal(host: string, place: LabelledProject): string | undefined {
    if (isShared(host, place)) return undefined;
    const direct = [named.get(host), named.get(wildcardOf(host))].find((owner) => owner && owner.place !== place);
    const owner = direct ?? wide.find((one) => one.place !== place && one.covers(host));
    if (!host.startsWith("*."))
      return owner && `rule: host ${host} is answered by ${owner.origin}; to share it, name it in allow.hosts`;
    if (owner) return `rule: ${host} may be a host that ${owner.origin} answers; name single hosts`;
    return coveringRefusal(host, foreign(host, place));
  }

  function everyRefusal(place: LabelledProject): string | undefined {
    const owner = wide.find((one) => one.place !== place);
    return owner
      ? `rule: every host may be one that ${owner.origin} answers; name single hosts`
      : coveringRefusal("every host", foreign("", place));
  }

  return {
    add(router, place) {
      const reach = routerReach(router, traefik, place === undefined);
      if (!reach || (place && isOnOwnPoints(router, reach))) return;
      const owner = { origin: router.origin, place };
      for (const host of reach.hosts) {
        if (!named.has(host)) named.set(host, owner);
        put("", host, owner);
        put(wildcardOf(host), host, owner);
      }
      // Of a project one says it: a label's author may write thousands.
      if (place === undefined) wide.push(...reach.wide.map((covers) => ({ ...owner, covers })));
      else if (reach.wide.length > 0 && !wide.some((one) => one.place === place))
        wide.push({ ...owner, covers: () => true });
      if (place === undefined && reach.any && reach.isRaised)
        raised.push({ ...owner, router, priority: reach.priority });
    },
    refusal(router, place) {
      const reach = routerReach(router, traefik, false);
      if (!reach || isOnOwnPoints(router, reach)) return undefined;
      for (const host of reach.hosts) {
        const refusal = hostRefusal(host, place);
        if (refusal !== undefined) return refusal;
      }
      const isWide = reach.any || reach.wide.length > 0;
      const refusal = isWide ? everyRefusal(place) : undefined;
      if (refusal !== undefined) return refusal;
      if (!isWide && reach.hosts.every((host) => isShared(host, place))) return undefined;
      const above = raised.find((one) => isBefore(router, reach, one));
      return (
        above && `priority: must be below ${above.priority}, the priority of ${above.origin}, which answers every host`
      );
    },
  };
}

/** Whether the project's allow-list names the host, and not only a pattern. */
function isShared(host: string, { allow }: LabelledProject): boolean {
  return !host.includes("*") && allow.hosts.includes(host);
}

function coveringRefusal(pattern: string, other: { readonly host: string; readonly origin: string } | undefined) {
  if (!other) return undefined;
  const cure = other.host.includes("*") ? "name single hosts" : "to share it, name it in allow.hosts";
  return `rule: ${pattern} includes ${other.host}, which is answered by ${other.origin}; ${cure}`;
}

/** Labels have a TCP router for every host at entry points of their project alone (labels/allowed.ts). */
function isOnOwnPoints({ id }: Router, { any, wide }: RouterReach): boolean {
  return kindOf(id) === "tcp.routers" && (any || wide.length > 0);
}

/** Whether Traefik would ask a router before another one: a TCP router comes before all of HTTP. */
function isBefore(
  { id, value }: Router,
  { priority }: RouterReach,
  other: { readonly router: Router; readonly priority: bigint },
): boolean {
  const [isTcp, isOtherTcp] = [kindOf(id), kindOf(other.router.id)].map((kind) => kind === "tcp.routers");
  const [points, others] = [entryPointsOf(value ?? {}), entryPointsOf(other.router.value ?? {})];
  const meets = points.includes("*") || others.includes("*") || points.some((point) => others.includes(point));
  return meets && (isTcp === isOtherTcp ? priority >= other.priority : isTcp === true);
}
