import type { RuleKind } from "./rule.ts";

interface Matcher {
  /** The number of values it accepts. */
  readonly counts: readonly number[];
  /** What its values are called, for messages. */
  readonly values: string;
  readonly example: string;
}

const one = (values: string, example: string): Matcher => ({ counts: [1], values, example });
const two = (values: string, example: string): Matcher => ({ counts: [2], values, example });

/** Traefik v3's matchers (httpFuncs and tcpFuncs in pkg/muxer, the same from 3.0.4 to 3.7.15). */
const matchers: Readonly<Record<RuleKind, Readonly<Record<string, Matcher>>>> = {
  http: {
    Host: one("one host", "Host(`example.com`)"),
    HostRegexp: one("one regular expression", "HostRegexp(`^[a-z]+\\.example\\.com$`)"),
    Path: one("one path", "Path(`/products`)"),
    PathPrefix: one("one path", "PathPrefix(`/api`)"),
    PathRegexp: one("one regular expression", "PathRegexp(`^/products/[0-9]+$`)"),
    Method: one("one method", "Method(`GET`)"),
    Header: two("a name and a value", "Header(`X-Key`, `value`)"),
    HeaderRegexp: two("a name and a regular expression", "HeaderRegexp(`X-Key`, `^v`)"),
    Query: { counts: [1, 2], values: "a name, or a name and a value", example: "Query(`mobile`, `true`)" },
    QueryRegexp: {
      counts: [1, 2],
      values: "a name, or a name and a regular expression",
      example: "QueryRegexp(`mobile`, `^t`)",
    },
    ClientIP: one("one address or range", "ClientIP(`10.0.0.0/8`)"),
  },
  tcp: {
    HostSNI: one("one host", "HostSNI(`example.com`)"),
    HostSNIRegexp: one("one regular expression", "HostSNIRegexp(`^[a-z]+\\.example\\.com$`)"),
    ClientIP: one("one address or range", "ClientIP(`10.0.0.0/8`)"),
    ALPN: one("one protocol", "ALPN(`h2`)"),
  },
  labels: {
    Label: two("a label and its value", "Label(`stage`, `prod`)"),
    LabelRegex: two("a label and a regular expression", "LabelRegex(`stage`, `^prod`)"),
  },
};

/** The names as the documentation spells them. */
export function matcherNames(kind: RuleKind): string[] {
  return Object.keys(matchers[kind]);
}

/** The matcher with that documented name. */
export function matcherOf(kind: RuleKind, name: string): Matcher | undefined {
  return Object.hasOwn(matchers[kind], name) ? matchers[kind][name] : undefined;
}

/** The documented name that a rule means: Traefik accepts that, `hostregexp`, `HOSTREGEXP` and `Hostregexp`, and nothing else. */
export function spelledOut(kind: RuleKind, written: string): string | undefined {
  return matcherNames(kind).find((name) => {
    const lower = name.toLowerCase();
    return [name, lower, name.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1)].includes(written);
  });
}
