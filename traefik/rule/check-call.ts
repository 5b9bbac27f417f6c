import { readRange } from "./address.ts";
import { hostProblem, isAscii, serverNameProblem } from "./host-value.ts";
import type { matcherOf } from "./matchers.ts";
import { readRegexp } from "./re2.ts";
import { Refusal } from "./refusal.ts";
import type { RuleOptions } from "./rule.ts";
import type { Token } from "./scan.ts";

export interface WrittenCall {
  readonly matcher: string;
  readonly known: NonNullable<ReturnType<typeof matcherOf>>;
  readonly values: readonly Token[];
  readonly start: number;
  readonly end: number;
  readonly source: string;
}

/** Refuses a call that Traefik's matcher refuses, for the number of its values or for one of them. */
export function checkCall(call: WrittenCall, options: RuleOptions): void {
  const { matcher, known, values, start, end } = call;
  if (!known.counts.includes(values.length)) {
    const extra = values[Math.max(...known.counts)];
    const place = extra ?? { start, end };
    throw new Refusal(place.start, place.end, `${matcher} takes ${known.values}; write ${cure(call)}`);
  }
  values.forEach((token, index) => {
    const { value = "", wellFormed = true } = token.literal ?? {};
    const message = value === "" ? "a value is not empty" : valueProblem(call, { value, wellFormed, index }, options);
    if (message !== undefined) throw new Refusal(token.start, token.end, message);
  });
}

function cure({ matcher, known, values }: WrittenCall): string {
  const alternatives = known.counts.length === 1 && known.counts[0] === 1 && values.length > 1;
  return alternatives ? `${matcher}(...) || ${matcher}(...)` : known.example;
}

interface Value {
  readonly value: string;
  readonly wellFormed: boolean;
  readonly index: number;
}

function valueProblem({ matcher, values }: WrittenCall, { value, wellFormed, index }: Value, options: RuleOptions) {
  switch (matcher) {
    case "Host":
      return hostProblem(value);
    case "HostSNI":
      return serverNameProblem(value, options.traefik);
    case "HostRegexp":
    case "HostSNIRegexp":
      return isAscii(value) ? regexpProblem(value, wellFormed, options) : "a host is ASCII only";
    case "Path":
    case "PathPrefix":
      return value.startsWith("/") ? undefined : "a path starts with /";
    case "PathRegexp":
      return regexpProblem(value, wellFormed, options);
    case "HeaderRegexp":
    case "QueryRegexp":
    case "LabelRegex":
      return index === 1 && values.length === 2 ? regexpProblem(value, wellFormed, options) : undefined;
    case "ClientIP":
      return readRange(value) ? undefined : "is not an address or a range, such as 10.0.0.1, 10.0.0.0/8 or fd00::/8";
    case "ALPN":
      return value === "acme-tls/1" ? "acme-tls/1 is Traefik's own, for certificates" : undefined;
  }
  return undefined;
}

function regexpProblem(value: string, wellFormed: boolean, { traefik }: RuleOptions): string | undefined {
  if (!wellFormed) return "a regular expression is text, and this holds bytes that are not UTF-8";
  const reading = readRegexp(value, traefik);
  return reading.ok ? undefined : `not a regular expression that Traefik accepts: ${reading.message}`;
}
