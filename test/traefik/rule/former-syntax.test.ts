import { expect, test } from "vitest";
import { formerSyntax } from "../../../traefik/rule/former-syntax.ts";
import { parseRule } from "../../../traefik/rule/parse.ts";
import type { RuleKind } from "../../../traefik/rule/rule.ts";

function notes(rule: string, kind: RuleKind = "http"): string[] {
  const reading = parseRule(rule, { kind, traefik: "3.7" });
  if (!reading.ok) throw new Error(`${rule}: ${reading.problem.message}`);
  return formerSyntax(reading.rule);
}

test.each<[string, string, string, RuleKind?]>([
  ["Host(`{sub}.example.com`)", "Host", "HostRegexp("],
  ["HostRegexp(`{sub:[a-z]{2,3}}.example.com`)", "HostRegexp", "HostRegexp("],
  ["!HostRegexp(`{sub:.+}.example.com`)", "HostRegexp", "HostRegexp("],
  ["Path(`/items/{id}`)", "Path", "PathRegexp("],
  ["PathPrefix(`/items/{id:[0-9]+}`)", "PathPrefix", "PathRegexp("],
  ["PathRegexp(`/{a_b-c:x}`)", "PathRegexp", "PathRegexp("],
  ["Query(`a`, `{id:[0-9]+}`)", "Query", "Query("],
  ["HostSNIRegexp(`{sub}.example.com`)", "HostSNIRegexp", "HostSNIRegexp(", "tcp"],
])("%s is v2's syntax, and what to write is named", (rule, matcher, cure, kind) => {
  expect(notes(rule, kind)).toEqual([
    expect.stringMatching(
      `^${matcher} with {name} or {name:regexp} is Traefik v2's syntax, .*; write ${cure.replace("(", "\\(")}`,
    ),
  ]);
});

test("Query(`a=b`) is v2's syntax: v3 takes it as a name", () => {
  expect(notes("Query(`a=b`)")).toEqual([
    "Query with a = in its name is Traefik v2's syntax, and v3 takes it as text; write Query(`mobile`, `true`)",
  ]);
});

test("each matcher that has it is noted, once", () => {
  const rule = "Host(`shop.example`) || HostRegexp(`{a}.x`) || (HostRegexp(`{b}.x`) && Path(`/{c}`))";
  expect(notes(rule).map((note) => note.split(" ")[0])).toEqual(["HostRegexp", "Path"]);
});

test.each([
  "HostRegexp(`^[a-z]{2,3}\\.example$`)",
  "HostRegexp(`^\\p{Greek}\\x{10FFFF}\\{sub\\}$`)",
  "Path(`/a{}`)",
  "Header(`X-Key`, `{json}`)",
  "Query(`a`, `b=c`)",
])("%s is not v2's syntax", (rule) => expect(notes(rule)).toEqual([]));
