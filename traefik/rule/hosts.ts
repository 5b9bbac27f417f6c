import type { Rule } from "./rule.ts";

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
  const found = read(rule);
  return found === "any" ? "any" : [...new Set(found)].sort();
}

function read(rule: Rule): "any" | readonly string[] {
  if (rule.is === "call") {
    const { matcher, values, negated } = rule;
    if (negated || (matcher !== "Host" && matcher !== "HostSNI")) return "any";
    const host = canonicalHost(values[0] ?? "");
    // `*` is every host from 3.7.7 on and a host without dots before.
    return /^\*{0,2}$/.test(host) ? "any" : [host];
  }
  const lists = rule.rules.map(read);
  if (rule.is === "any") return lists.includes("any") ? "any" : lists.flat().filter((host) => host !== "any");
  return lists.reduce(both);
}

/** The intersection of two lists. Of two patterns, one is within the other, or they have nothing in common. */
function both(left: Hosts, right: Hosts): Hosts {
  if (left === "any") return right;
  if (right === "any") return left;
  return [
    ...left.filter((host) => right.some((other) => isWithin(host, other))),
    ...right.filter((host) => left.some((other) => isWithin(host, other))),
  ];
}

/** Whether all that one of a list of hosts stands for is within what another one stands for. */
export function isWithin(host: string, other: string): boolean {
  return host === other || (covers(other, host) && !(host.startsWith("**.") && !other.startsWith("**.")));
}
