import { describe, expect, test } from "vitest";
import { matches } from "../../../traefik/rule/matches.ts";
import { parseRule } from "../../../traefik/rule/parse.ts";
import type { RuleKind } from "../../../traefik/rule/rule.ts";
import { unmatched } from "../../../traefik/rule/unmatched.ts";
import { unmatchedRules } from "../../support/cases/unmatched-rules.ts";

function reason(rule: string, traefik = "3.7", kind: RuleKind = "http") {
  const reading = parseRule(rule, { kind, traefik });
  if (!reading.ok) throw new Error(`${rule}: ${reading.problem.message}`);
  return unmatched(reading.rule, traefik);
}

describe("a rule that nothing matches", () => {
  test.each(unmatchedRules)("$rule, of Traefik $versions", ({ rule, versions }) => {
    for (const version of versions) expect(reason(rule, version)).toMatch(/^its rule never matches a request: /);
  });

  test.each(["HostSNI(`a:80`)", "HostSNI(`a`) && HostSNI(`b`)"])("%s of TCP", (rule) => {
    expect(reason(rule, "3.7", "tcp")).toMatch(/^its rule /);
  });

  test("HostSNI in upper case, before 3.7", () => {
    expect(reason("HostSNI(`A`)", "3.6.15", "tcp")).toMatch(/^its rule /);
    expect(reason("HostSNI(`A`)", "3.7", "tcp")).toBeUndefined();
    const reading = parseRule("HostSNI(`A`)", { kind: "tcp", traefik: "3.7" });
    const matched = (traefik: string) => reading.ok && matches(reading.rule, { serverName: "a" }, traefik);
    expect([matched("3.7"), matched("3.6.15")]).toEqual([true, false]);
  });
});

test("a part of a rule that nothing matches is reported if the rest matches something", () => {
  expect(reason("Host(`a`) || Host(`a:80`)")).toMatch(/^a part of its rule never matches .*: Host with a port/);
  expect(reason("Host(`a`) && (Path(`/a?b`) || Path(`/b`))")).toMatch(/^a part of its rule /);
  expect(reason("(Host(`a:1`) || Host(`a:2`)) && Path(`/`)")).toMatch(/^its rule /);
});

test.each([
  "Host(`A.Example.`)",
  "Host(`*.example`)",
  "Host(`*`)",
  "Host(`::1`)",
  "Host(`10.0.0.1`)",
  "Host(`a_b`)",
  "!Host(`a:80`)",
  "HostRegexp(`a:80`)",
  "HostRegexp(`example`)",
  "Host(`a`) && Host(`A`)",
  "Host(`a`) && !Host(`b`)",
  "Path(`/a b`)",
  "Header(`X-Host`, `a`)",
  "Method(`get`)",
])("%s matches something", (rule) => {
  expect(reason(rule)).toBeUndefined();
});
