import { describe, expect, test } from "vitest";
import { parseRule } from "../../../traefik/rule/parse.ts";
import { ruleProblem } from "../../../traefik/rule/problem.ts";
import type { Rule } from "../../../traefik/rule/rule.ts";

const http = { kind: "http", traefik: "3.7" } as const;
const tcp = { kind: "tcp", traefik: "3.7" } as const;

/** A rule as one line: every junction in brackets, every negation before its call. */
function shown(rule: Rule): string {
  if (rule.is === "call") return `${rule.negated ? "!" : ""}${rule.matcher}(${rule.values.join("|")})`;
  return `[${rule.rules.map(shown).join(rule.is === "all" ? " && " : " || ")}]`;
}

function read(rule: string, options: typeof http | typeof tcp = http): string {
  const reading = parseRule(rule, options);
  return reading.ok
    ? shown(reading.rule)
    : `${reading.problem.column}+${reading.problem.width}: ${reading.problem.message}`;
}

describe("a rule that Traefik takes", () => {
  test.each([
    ["Host(`a`) || Host(`b`) && Path(`/`)", "[Host(a) || [Host(b) && Path(/)]]"],
    ["(Host(`a`) || Host(`b`)) && Path(`/`)", "[[Host(a) || Host(b)] && Path(/)]"],
    ["!(Host(`a`) || !Host(`b`)) && !!Path(`/`)", "[[!Host(a) && Host(b)] && Path(/)]"],
    ["HOST(`a`)||Pathprefix(`/`)||clientip(`::1`)", "[Host(a) || PathPrefix(/) || ClientIP(::1)]"],
    ["Header(`k`, `v`,) /* c */ // d", "Header(k|v)"],
    ["Host ( `a`... )", "Host(a)"],
    ["! // not\nHost(\n`a`)\n", "!Host(a)"],
    ['Header("a\\x41\\u00e9\\U0001f600\\101\\"", "\\xc3\\xa9")', 'Header(aAé😀A"|é)'],
    ["Host(`a\rb`)", "Host(ab)"],
    ["Query(`a`) && Query(`a`, `b`)", "[Query(a) && Query(a|b)]"],
  ])("%j is read as %s", (rule, expected) => {
    expect(read(rule)).toBe(expected);
  });

  test("TCP has its own matchers", () => {
    expect(read("HostSNI(`*`) && ALPN(`h2`) && HOSTSNIREGEXP(`^a`)", tcp)).toBe(
      "[HostSNI(*) && ALPN(h2) && HostSNIRegexp(^a)]",
    );
  });
});

describe("of a rule that Traefik refuses the place is named and the cure", () => {
  test.each([
    ["", "1+1: a rule is not empty; write Host(`example.com`)"],
    ["Host(`a`", "5+1: the ( is never closed"],
    ["Host(`a", "6+1: the ` is never closed"],
    ['Host("a', '6+1: the " is never closed on its line'],
    ["Host(`a`))", "10+1: the ) closes nothing"],
    ["Host('a')", '6+1: single quotes; write `text` or "text"'],
    ["Host(“a”)", '6+1: a curly quotation mark; write ` or "'],
    ["Host(`a`) and Path(`/`)", "11+3: and is written &&"],
    ["Host(`a`) OR Path(`/`)", "11+2: or is written ||"],
    ["not Host(`a`)", "1+3: not is written !"],
    ["Host(`a`) & Path(`/`)", "11+1: & is written &&"],
    ["Host(`a`) Path(`/`)", "11+4: && or || is missing before this"],
    ["Host(`a`)\n&& Path(`/`)", "10+1: the line's end ends the rule; put && or || before it, not on the next line"],
    ["Host(`a`) &&", "13+1: a matcher is missing at the end, such as Host(`example.com`)"],
    ["Host(a.example.com)", "6+1: a value is quoted, as in Host(`example.com`)"],
    ["Host(`a` `b`)", "10+3: a , or a ) is missing before this"],
    ["Hosts(`a`)", '1+5: there is no such matcher, did you mean "Host"?'],
    ["hostRegexp(`a`)", "1+10: Traefik does not take this spelling; write HostRegexp"],
    ["Headers(`a`, `b`)", "1+7: a matcher of Traefik v2; in v3 write Header(`Key`, `value`)"],
    ["HostSNI(`a`)", "1+7: HostSNI is for TCP routers; write Host"],
    ["ALPN(`h2`)", "1+4: ALPN is for TCP routers"],
    ["Host(`a`, `b`)", "11+3: Host takes one host; write Host(...) || Host(...)"],
    ["Header(`a`)", "1+11: Header takes a name and a value; write Header(`X-Key`, `value`)"],
    ["Host()", "1+6: Host takes one host; write Host(`example.com`)"],
    ["Host(``)", "6+2: a value is not empty"],
    ["Host(`é`)", "6+3: a host is ASCII only; write the name in punycode, with xn--"],
    ["Path(`x`)", "6+3: a path starts with /"],
    ["ClientIP(`10.0.0.0/33`)", "10+13: is not an address or a range, such as 10.0.0.1, 10.0.0.0/8 or fd00::/8"],
    ['PathRegexp("\\.")', '13+2: \\. is not an escape in double quotes; write \\\\., or take ` instead of "'],
    ['Host("\\ud800")', "7+6: there is no character with this number"],
    ["Host(`a`) /* b", "11+2: the /* is never closed"],
    ["//line a:0\nHost(`a`)", "1+10: Go reads this comment as a line directive; word it otherwise"],
    ["Host(`a\0`)", "8+1: a character that a rule can't contain"],
    [
      "PathRegexp(`(?=a)`)",
      "12+7: not a regular expression that Traefik accepts: (?= looks ahead or behind, which RE2 cannot",
    ],
  ])("%j", (rule, expected) => {
    expect(read(rule)).toBe(expected);
  });

  test("TCP's names are those of HTTP elsewhere", () => {
    expect(read("Host(`a`)", tcp)).toBe("1+4: Host is for HTTP routers; write HostSNI");
    expect(read("HostSNI(`bücher.example`)", tcp)).toContain("punycode");
  });

  test("no message repeats a value", () => {
    for (const form of ["Host(%)", "%(`a`)", "Path(`%`)", "Host(`a`) %", 'Host("%', "PathRegexp(`[%`)", "%"]) {
      const reading = parseRule(form.replace("%", "s3cret"), http);
      expect(reading.ok ? "" : reading.problem.message).not.toContain("s3cret");
    }
  });
});

test("of a rule of Traefik v2 only literals and parentheses are looked at", () => {
  expect(ruleProblem("Headers(`a`, `b`) && HostRegexp(`{sub:[a-z]+}.a`, `b`)", http, "v2")).toBeUndefined();
  expect(ruleProblem("Headers(`a`, `b`", http, "v2")).toBe("column 8: the ( is never closed");
  expect(ruleProblem("Headers(`a`, `b`)", http)).toContain("column 1: a matcher of Traefik v2");
});
