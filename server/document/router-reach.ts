import { type Candidate, kindOf, type ObjectValue } from "../../traefik/objects/objects.ts";
import { guessedReach } from "../../traefik/rule/guessed-hosts.ts";
import { covers, type Reach, reachOf } from "../../traefik/rule/hosts.ts";
import { parseRule } from "../../traefik/rule/parse.ts";
import { priorityOf } from "../../traefik/rule/priority.ts";
import { readRegexp } from "../../traefik/rule/re2.ts";

/** A router by what it says: `rule` is that of one whose value can't be read. */
export type Router = Pick<Candidate, "id" | "value" | "rule">;

/** The hosts of a router. */
export interface RouterReach {
  /** Hosts and patterns of one star. */
  readonly hosts: readonly string[];
  /** Patterns of two stars and regular expressions. Given a pattern, an expression may match one of its hosts. */
  readonly wide: readonly ((host: string) => boolean)[];
  /** Whether it answers every host, by one part of it at least. */
  readonly any: boolean;
  /** Traefik takes the router of the highest priority. */
  readonly priority: bigint;
  /** Whether that is above what Traefik gives a router without one. */
  readonly isRaised: boolean;
}

const ofOperators = new WeakMap<ObjectValue, RouterReach>();
const ofLabels = new WeakMap<ObjectValue, RouterReach>();

/**
 * What a router answers; undefined for anything else. `trusted`: whether it is an operator's. No regular expression of another router is
 * run: each counts as one for every host.
 */
export function routerReach({ id, value, rule }: Router, traefik: string, trusted: boolean): RouterReach | undefined {
  const kind = kindOf(id);
  if (kind !== "http.routers" && kind !== "tcp.routers") return undefined;
  const known = trusted ? ofOperators : ofLabels;
  const before = value && known.get(value);
  if (before) return before;
  const section = kind === "tcp.routers" ? "tcp" : "http";
  const text = String(value?.rule ?? rule ?? "");
  const read = parseRule(text, { kind: section, traefik });
  const usual = BigInt(priorityOf(text, section));
  const written = BigInt(String(value?.priority ?? 0));
  // Child routers are asked after their parent only.
  const isChild = Array.isArray(value?.parentRefs) && value.parentRefs.length > 0;
  const reach = {
    ...withTests(read.ok && value?.ruleSyntax !== "v2" ? reachOf(read.rule) : guessedReach(text), traefik, trusted),
    priority: written || usual,
    isRaised: written > usual && !isChild,
  };
  if (value) known.set(value, reach);
  return reach;
}

function withTests({ any, hosts, regexps }: Reach, traefik: string, trusted: boolean) {
  const tests = trusted ? regexps.map((one) => testOf(one, traefik)) : regexps.map(() => () => true);
  const isEvery = (test: (host: string) => boolean) => trusted && anyHosts.every(test);
  const patterns = hosts.filter((host) => host.startsWith("**."));
  return {
    any: tests.some(isEvery) || any,
    hosts: hosts.filter((host) => !host.startsWith("**.")),
    wide: [
      ...patterns.map((pattern) => (host: string) => covers(pattern, host)),
      ...tests.filter((test) => !isEvery(test)),
    ],
  };
}

/** What matches all of these, which no one can have (RFC 6761), is for every host. */
const anyHosts = ["invalid", "a.invalid", "0-x.any.host.invalid"];

/** How many answers an expression remembers. */
const memory = 10_000;

function testOf(regexp: string, traefik: string): (host: string) => boolean {
  const read = readRegexp(regexp, traefik);
  const asked = new Map<string, boolean>();
  return (host) => {
    if (!read.ok || host.startsWith("*.")) return true;
    const before = asked.get(host);
    if (before !== undefined) return before;
    if (asked.size >= memory) asked.clear();
    // A request may have a dot at the end.
    const answer = read.test(host) || read.test(`${host}.`);
    asked.set(host, answer);
    return answer;
  };
}
