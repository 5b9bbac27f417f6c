import { knows } from "../model/version.ts";
import { readRange } from "./address.ts";
import { readRegexp } from "./re2.ts";
import type { Call, Rule } from "./rule.ts";

/** What a rule is asked about: an HTTP request, or a TCP connection. Fields that are not given are absent. */
export interface Visit {
  /** Without a port. */
  readonly host?: string;
  /** Percent-decoded but for reserved characters, as Traefik routes it. */
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  readonly address?: string;
  /** For TCP with TLS. */
  readonly serverName?: string;
  readonly protocols?: readonly string[];
}

/** Whether a Traefik of that version sends the visit to a router with this rule. */
export function matches(rule: Rule, visit: Visit, traefik: string): boolean {
  if (rule.is === "call") return asks(rule, visit, traefik) !== rule.negated;
  const one = (part: Rule) => matches(part, visit, traefik);
  return rule.is === "any" ? rule.rules.some(one) : rule.rules.every(one);
}

function asks({ matcher, values }: Call, visit: Visit, traefik: string): boolean {
  const [first = "", second] = values;
  switch (matcher) {
    case "Host":
      return matchesHost(visit.host, first.toLowerCase(), traefik);
    case "HostSNI":
      // Before 3.7 a value in upper case matches no name. (Seen on 3.6.15, 3.5.3 and 3.0.4.)
      return (
        first === "*" || matchesHost(visit.serverName, knows(traefik, "3.7") ? first.toLowerCase() : first, traefik)
      );
    case "HostRegexp":
      return some(first, [visit.host?.toLowerCase() ?? ""], traefik);
    case "HostSNIRegexp":
      return some(first, [visit.serverName?.toLowerCase() ?? ""], traefik);
    case "Path":
      return visit.path === first;
    case "PathPrefix":
      return visit.path?.startsWith(first) ?? false;
    case "PathRegexp":
      return some(first, visit.path === undefined ? [] : [visit.path], traefik);
    case "Method":
      return visit.method === first.toUpperCase();
    case "Header":
      return named(visit.headers, first, true).includes(second ?? "");
    case "HeaderRegexp":
      return some(second ?? "", named(visit.headers, first, true), traefik);
    case "Query":
      return named(visit.query, first).includes(second ?? "");
    case "QueryRegexp":
      if (second === undefined) return named(visit.query, first).includes("");
      return some(second, named(visit.query, first), traefik);
    case "ClientIP":
      return readRange(first)?.holds(visit.address ?? "") ?? false;
    case "ALPN":
      return visit.protocols?.includes(first) ?? false;
  }
  return false;
}

function some(regexp: string, texts: readonly string[], traefik: string): boolean {
  const reading = readRegexp(regexp, traefik);
  return reading.ok && texts.some(reading.test);
}

function named(all: Readonly<Record<string, readonly string[]>> = {}, name: string, anyCase = false) {
  const same = (one: string) => (anyCase ? one.toLowerCase() === name.toLowerCase() : one === name);
  return Object.entries(all).flatMap(([one, texts]) => (same(one) ? texts : []));
}

/** One dot at the end may be missing on either side. */
function matchesHost(asked: string | undefined, written: string, traefik: string): boolean {
  const host = asked?.trim().toLowerCase() ?? "";
  if (host === "") return false;
  const one = (left: string, right: string) => isHost(left, right, traefik);
  if (one(host, written)) return true;
  if (written.endsWith(".") && one(host, written.slice(0, -1))) return true;
  return host.endsWith(".") && one(host.slice(0, -1), written);
}

/**
 * 3.6 knows no wildcards. 3.7 has `*.` for one label more; of `**.` it takes the rule, and it matches nothing (seen on 3.7.15).
 * Traefik's sources have had `**.`, one label more and further ones, since September 2026: for a 3.8 it counts here.
 */
function isHost(host: string, written: string, traefik: string): boolean {
  if (!knows(traefik, "3.7")) return host === written;
  if (written === "*") return true;
  if (knows(traefik, "3.8") && written.startsWith("**."))
    return host.length > written.length - 2 && host.endsWith(written.slice(2));
  if (!written.startsWith("*")) return host === written;
  return `*${host.includes(".") ? host.slice(host.indexOf(".")) : ""}` === written;
}
