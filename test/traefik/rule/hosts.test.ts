import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalHost, covers, hostsOf } from "../../../traefik/rule/hosts.ts";
import { matches } from "../../../traefik/rule/matches.ts";
import { parseRule } from "../../../traefik/rule/parse.ts";
import { priorityOf } from "../../../traefik/rule/priority.ts";
import { quote } from "../../../traefik/rule/quote.ts";
import type { Rule, RuleKind } from "../../../traefik/rule/rule.ts";
import { runs } from "../../support/runs.ts";

function read(rule: string, kind: RuleKind = "http"): Rule {
  const reading = parseRule(rule, { kind, traefik: "3.7" });
  if (!reading.ok) throw new Error(`${rule}: ${reading.problem.message}`);
  return reading.rule;
}

describe("the hosts that a rule can match", () => {
  test.each([
    ["Host(`a`) && PathPrefix(`/`)", ["a"]],
    ["Host(`B.`) || Host(`a`) || Host(`b`)", ["a", "b"]],
    ["Host(`a`) || PathPrefix(`/`)", "any"],
    ["!Host(`a`)", "any"],
    ["!(!Host(`a`) || Path(`/`))", ["a"]],
    ["!(!Host(`a`) && !Host(`b`))", ["a", "b"]],
    ["HostRegexp(`^a$`)", "any"],
    ["HostRegexp(`^a$`) && Host(`a`)", ["a"]],
    ["Host(`a`) && Host(`b`)", []],
    ["Host(`*`)", "any"],
    ["Host(`**..`)", "any"],
    ["Host(`*.a`) && (Host(`x.a`) || Host(`x.b`) || Host(`x.y.a`))", ["x.a"]],
    ["Host(`**.a`) && (Host(`x.a`) || Host(`*.y.a`) || Host(`a`))", ["*.y.a", "x.a"]],
    ["Host(`*.a`) && Host(`**.a`)", ["*.a"]],
    ["Host(`**.b.a`) && Host(`**.a`)", ["**.b.a"]],
    ["Host(`a`) && Path(`/`) || Host(`b`) && !Path(`/`)", ["a", "b"]],
    ["Host(`x`) || PathPrefix(`/`) //.example.com`)", "any"],
  ] as const)("of %s are %j", (rule, expected) => {
    expect(hostsOf(read(rule))).toEqual(expected);
  });

  test("of TCP are the names of its TLS", () => {
    expect(hostsOf(read("HostSNI(`*`)", "tcp"))).toBe("any");
    expect(hostsOf(read("HostSNI(`A.b`) && ALPN(`h2`)", "tcp"))).toEqual(["a.b"]);
    expect(hostsOf(read("ALPN(`h2`)", "tcp"))).toBe("any");
  });
});

const label = fc.constantFrom("a", "b", "*", "**", "A", "", "*a", "a*", ".");
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const path = fc.constantFrom("/", "/a", "/b");
const call = fc.oneof(
  { arbitrary: name.filter((host) => host !== "").map((host) => `Host(${quote(host)})`), weight: 3 },
  path.map((one) => `PathPrefix(\`${one}\`)`),
  fc.constant("HostRegexp(`a`)"),
);
const { rule: rules } = fc.letrec<{ rule: string }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    call,
    tie("rule").map((rule) => `!(${rule})`),
    fc.tuple(tie("rule"), tie("rule")).map(([left, right]) => `(${left} && ${right})`),
    fc.tuple(tie("rule"), tie("rule")).map(([left, right]) => `(${left} || ${right})`),
  ),
}));

test("no request for another host matches", () => {
  fc.assert(
    fc.property(rules, name, path, fc.constantFrom("3.6", "3.7", "3.8"), (text, host, asked, traefik) => {
      const rule = read(text);
      const hosts = hostsOf(rule);
      if (hosts === "any" || hosts.some((one) => covers(one, canonicalHost(host)))) return;
      expect(matches(rule, { host, path: asked }, traefik)).toBe(false);
    }),
    { numRuns: runs(100) },
  );
});

test("a negated rule matches what the rule does not", () => {
  fc.assert(
    fc.property(rules, name, path, (text, host, asked) => {
      const visit = { host, path: asked };
      expect(matches(read(`!(${text})`), visit, "3.7")).toBe(!matches(read(text), visit, "3.7"));
    }),
    { numRuns: runs(100) },
  );
});

test.each(["3.6", "3.7", "3.8"])(
  "in Traefik %s a wildcard stands for as many labels as it has stars, from 3.7 and 3.8 on",
  (traefik) => {
    const taken = (rule: string) =>
      ["a", "b.a", "c.b.a", rule.slice(6, -2)].filter((host) => matches(read(rule), { host }, traefik));
    const [one, more] = [taken("Host(`*.a`)"), taken("Host(`**.a`)")];
    expect(one).toEqual(traefik === "3.6" ? ["*.a"] : ["b.a", "*.a"]);
    expect(more).toEqual({ "3.6": ["**.a"], "3.7": [], "3.8": ["b.a", "c.b.a", "**.a"] }[traefik]);
  },
);

test("a pattern covers the hosts that have more labels", () => {
  expect(covers("*.a", "b.a")).toBe(true);
  expect(covers("*.a", "c.b.a")).toBe(false);
  expect(covers("*.a", "a")).toBe(false);
  expect(covers("**.a", "c.b.a")).toBe(true);
  expect(covers("**.a", "a")).toBe(false);
  expect(covers("**.a", ".a")).toBe(false);
  expect(covers("**.a", "*.a")).toBe(true);
});

test.each([
  ["Host(`a`)", { host: "A" }, true],
  ["Host(`a`)", { host: "a." }, true],
  ["Host(`a.`)", { host: "a" }, true],
  ["Host(`a`)", {}, false],
  ["!Host(`a`)", {}, true],
  ["HostRegexp(`^A$`)", { host: "A" }, false],
  ["HostRegexp(`(?i)^A$`)", { host: "A" }, true],
  ["PathPrefix(`/a`)", { path: "/abc" }, true],
  ["Path(`/a`)", { path: "/abc" }, false],
  ["PathRegexp(`b.$`)", { path: "/abc" }, true],
  ["PathRegexp(`a(?i)B`)", { path: "/ab" }, true],
  ["PathRegexp(`a(?i)B`) || Method(`get`)", { path: "/ab", method: "GET" }, true],
  ["PathRegexp(`a(?i)B`) && Method(`get`)", { path: "/ab", method: "PUT" }, false],
  ["Header(`x-key`, `v`)", { headers: { "X-Key": ["u", "v"] } }, true],
  ["HeaderRegexp(`x-key`, `^v`)", { headers: { "X-Key": ["uv"] } }, false],
  ["Query(`a`)", { query: { a: ["1"] } }, false],
  ["Query(`a`)", { query: { a: [""] } }, true],
  ["QueryRegexp(`a`, `[[:digit:]]`)", { query: { a: ["1"] } }, true],
  ["ClientIP(`10.0.0.0/8`)", { address: "10.1.2.3" }, true],
  ["ClientIP(`fd00::/8`)", { address: "10.1.2.3" }, false],
] as const)("%s of %j is %j", (rule, visit, expected) => {
  expect(matches(read(rule), visit, "3.7")).toBe(expected);
});

test("the priority is the length in bytes, and -1 for TCP's catch-all", () => {
  expect(priorityOf("Host(`a`)")).toBe(9);
  expect(priorityOf("PathPrefix(`/é😀`)")).toBe(21);
  expect(priorityOf("HostSNI(`*`)", "tcp")).toBe(-1);
  expect(priorityOf("!(HostSNI(`*`))", "tcp")).toBe(-1);
  expect(priorityOf("HostSNI(`*`) && ALPN(`h2`)", "tcp")).toBe(26);
});
