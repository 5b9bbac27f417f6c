import type { Call, Rule } from "./rule.ts";

/**
 * The hosts that a rule can match, sorted, in lower case and without a dot at the end; or `any`. `*.example.com` stands for one
 * label more, `**.example.com` for one and more (nothing matches it before 3.8). It is sound: no request for a host outside of the list matches. It may be too
 * wide. (Sound unless Traefik's hostResolver, which also follows CNAMEs, is on.)
 */
export type Hosts = "any" | readonly string[];

/** Whether `written`, one of a list of hosts, stands for the host of a request, which `canonicalHost` went over. */
export function covers(written: string, host: string): boolean {
  if (written === host) return true;
  if (written.startsWith("**.")) return host.length > written.length - 2 && host.endsWith(written.slice(2));
  return written.startsWith("*.") && host.includes(".") && host.slice(host.indexOf(".")) === written.slice(1);
}

/** A host in the form the list uses. */
export function canonicalHost(host: string): string {
  return host.trim().toLowerCase().replace(/\.+$/, "");
}

export function hostsOf(rule: Rule): Hosts {
  const { any, hosts, regexps } = reachOf(rule);
  return any || regexps.length > 0 ? "any" : [...hosts].sort();
}

/** What a rule can match, with the hosts that only a part of it names: a request it matches is for one of these, or for `any`. */
export interface Reach {
  /** Whether a part of it asks for no host, or for all of them. */
  readonly any: boolean;
  /** In the form of `Hosts`, each once. */
  readonly hosts: readonly string[];
  /** The expressions of HostRegexp and HostSNIRegexp. */
  readonly regexps: readonly string[];
}

const every: Reach = { any: true, hosts: [], regexps: [] };

/** Sound as `Hosts` is. A part that can match any host hides none that another part names. */
export function reachOf(rule: Rule): Reach {
  if (rule.is === "call") return callReach(rule);
  const parts = rule.rules.map(reachOf);
  return rule.is === "any" ? union(parts) : parts.reduce(both);
}

function callReach({ matcher, values: [value = ""], negated }: Call): Reach {
  if (negated) return every;
  if (matcher === "HostRegexp" || matcher === "HostSNIRegexp") return { any: false, hosts: [], regexps: [value] };
  if (matcher !== "Host" && matcher !== "HostSNI") return every;
  const host = canonicalHost(value);
  // `*` is every host from 3.7.7 on and a host without dots before.
  return /^\*{0,2}$/.test(host) ? every : { any: false, hosts: [host], regexps: [] };
}

function union(parts: readonly Reach[]): Reach {
  return {
    any: parts.some(({ any }) => any),
    hosts: [...new Set(parts.flatMap(({ hosts }) => hosts))],
    regexps: [...new Set(parts.flatMap(({ regexps }) => regexps))],
  };
}

/** The intersection. Of two patterns, one is within the other, or they have nothing in common; of expressions nobody can tell. */
function both(left: Reach, right: Reach): Reach {
  if (left.any && right.any) return union([left, right]);
  if (left.any) return right;
  if (right.any) return left;
  const shared = [...left.hosts.filter(isWithinOne(right)), ...right.hosts.filter(isWithinOne(left))];
  return { any: false, hosts: [...new Set(shared)], regexps: right.regexps.length > 0 ? left.regexps : [] };
}

/** Whether a host may be among those of the other side; looked up, because a label may have hundreds of hosts on each. */
function isWithinOne({ hosts, regexps }: Reach): (host: string) => boolean {
  const all = new Set(hosts);
  const wide = hosts.filter((one) => one.startsWith("**."));
  return (host) =>
    regexps.length > 0 ||
    all.has(host) ||
    (!host.startsWith("**.") && all.has(wildcardOf(host))) ||
    wide.some((one) => isWithin(host, one));
}

/** The pattern with one star that covers a host, `*.example.com` for `a.example.com`; empty for a host of one label. */
export function wildcardOf(host: string): string {
  const dot = host.indexOf(".");
  return dot < 0 ? "" : `*${host.slice(dot)}`;
}

/** Whether all that one of a list of hosts stands for is within what another one stands for. */
export function isWithin(host: string, other: string): boolean {
  return host === other || (covers(other, host) && !(host.startsWith("**.") && !other.startsWith("**.")));
}
