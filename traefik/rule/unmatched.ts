import { isIPv6 } from "node:net";
import { knows } from "../model/version.ts";
import { formerSyntax } from "./former-syntax.ts";
import { hostsOf } from "./hosts.ts";
import type { Call, Rule } from "./rule.ts";

/**
 * Why a rule that a Traefik of that version takes never matches a request, or why a part of it does; undefined where no reason
 * is known. It quotes nothing from the rule. (Seen on 3.7.15, 3.6.15, 3.5.3 and 3.0.4.)
 */
export function unmatched(rule: Rule, traefik: string): string | undefined {
  const found = judge(rule, traefik);
  if (found.never) return `its rule never matches a request: ${found.reason}`;
  return found.reason && `a part of its rule never matches a request: ${found.reason}`;
}

/** What to know about a rule that a Traefik of that version takes. It quotes nothing from the rule. */
export function notesOfRule(rule: Rule, traefik: string): string[] {
  const reason = unmatched(rule, traefik);
  return [...(reason === undefined ? [] : [reason]), ...formerSyntax(rule)];
}

interface Judged {
  /** Whether nothing matches at all. */
  readonly never: boolean;
  /** Of the first part that nothing matches. */
  readonly reason: string | undefined;
}

function judge(rule: Rule, traefik: string): Judged {
  if (rule.is === "call") {
    const reason = rule.negated ? undefined : reasonOf(rule, traefik);
    return { never: reason !== undefined, reason };
  }
  const parts = rule.rules.map((part) => judge(part, traefik));
  const first = parts.find(({ never }) => never) ?? parts.find(({ reason }) => reason !== undefined);
  const never = rule.is === "all" ? parts.some((part) => part.never) : parts.every((part) => part.never);
  // Only && leaves hosts out. Asking at each || would be cubic in the depth of a rule.
  const hosts = rule.is === "all" ? hostsOf(rule) : "any";
  if (!never && hosts !== "any" && hosts.length === 0) return { never: true, reason: "no host can match all of it" };
  return { never, reason: first?.reason };
}

function reasonOf({ matcher, values }: Call, traefik: string): string | undefined {
  const [first = ""] = values;
  switch (matcher) {
    case "Host":
      return hostReason(first, traefik);
    case "HostSNI":
      if (first !== "*" && first.includes(":")) return "HostSNI with a port; a server name has none";
      return !knows(traefik, "3.7") && /[A-Z]/.test(first)
        ? "HostSNI in upper case needs Traefik 3.7; write it in lower case"
        : undefined;
    case "Path":
    case "PathPrefix":
      // 3.0 compares with the path decoded, in which %3F is a question mark.
      if (!knows(traefik, "3.5") || !/[?#]/.test(first)) return undefined;
      return `${matcher} with a ? or a #, which no path has; a query is matched by Query`;
    case "Header":
    case "HeaderRegexp":
      return first.toLowerCase() === "host"
        ? `${matcher} of Host, which is no header here; write Host or HostRegexp`
        : undefined;
  }
  return undefined;
}

/** What Go's server accepts as a host, without colons: a request with any other is answered 400. */
const hostCharacters = /^[0-9A-Za-z!$%&'()*+,.;=_~-]*$/;

function hostReason(host: string, traefik: string): string | undefined {
  if (isIPv6(host)) return undefined;
  if (host.startsWith("[")) return "Host with brackets; Traefik compares an IPv6 address without them";
  if (host.includes("/")) return "Host with a /; it takes a name alone, and Path or PathPrefix the rest";
  if (host.includes(":")) return "Host with a port; Traefik compares without it";
  if (!hostCharacters.test(host)) return "Host with a character that no name of a host has";
  if (!host.includes("*")) return undefined;
  if (host.startsWith("**.") && !host.includes("*", 2))
    return knows(traefik, "3.8") ? undefined : "Host with **. is no wildcard yet; write HostRegexp";
  const isWildcard = host === "*" || (host.startsWith("*.") && !host.includes("*", 1));
  if (!isWildcard) return "Host with a * that stands for nothing; write *.example.com or HostRegexp";
  return knows(traefik, "3.7")
    ? undefined
    : `Host with a wildcard needs Traefik 3.7, and this is for ${traefik}; write HostRegexp`;
}
