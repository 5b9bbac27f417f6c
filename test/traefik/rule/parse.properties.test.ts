import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRule } from "../../../traefik/rule/parse.ts";
import { quote } from "../../../traefik/rule/quote.ts";
import { anyCharacter } from "../../support/any-character.ts";
import { cpuTime } from "../../support/measure.ts";
import { runs } from "../../support/runs.ts";

const http = { kind: "http", traefik: "3.7" } as const;

function read(rule: string): string {
  const reading = parseRule(rule, http);
  return reading.ok ? JSON.stringify(reading.rule) : `${reading.problem.column}: ${reading.problem.message}`;
}

describe("whatever is read", () => {
  test("is answered, with a place inside the rule", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 40 }), fc.constantFrom("http", "tcp"), (rule, kind) => {
        const reading = parseRule(rule, { kind: kind as "http", traefik: "3.7" });
        if (reading.ok) return;
        expect(reading.problem.column).toBeGreaterThanOrEqual(1);
        expect(reading.problem.column).toBeLessThanOrEqual(rule.length + 1);
        expect(reading.problem.width).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: runs(100) },
    );
  });

  test("a quoted value stays one value, or the rule is refused", () => {
    const units = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.string({ unit: fc.constantFrom("`", '"', "\\", ")", "|", "\n", "\ud800", "a", "😀") }),
    );
    fc.assert(
      fc.property(units, (value) => {
        expect(quote(value)).toMatch(/^[ -~]*$/);
        const host = parseRule(`Host(${quote(value)})`, http);
        if (host.ok) expect(host.rule).toEqual({ is: "call", matcher: "Host", values: [value], negated: false });
        const header = parseRule(`Header(${quote(value)}, \`v\`)`, http);
        const isText = value !== "" && !/\p{Cs}/u.test(value);
        expect(header.ok).toBe(isText);
        if (header.ok)
          expect(header.rule).toEqual({ is: "call", matcher: "Header", values: [value, "v"], negated: false });
      }),
      { numRuns: runs(100) },
    );
  });

  test("a thousand parentheses are read, and more of them are refused, as are a hundred thousand", () => {
    const hostA = (negated: boolean) => JSON.stringify({ is: "call", matcher: "Host", values: ["a"], negated });
    const nested = (depth: number) => `${"(".repeat(depth)}Host(\`a\`)${")".repeat(depth)}`;
    expect(read(nested(1000))).toBe(hostA(false));
    expect(read(nested(1001))).toBe("1001: more than 1000 nested parentheses");
    expect(read(nested(100_000))).toContain("1001: ");
    expect(read(`${"!".repeat(100_001)}Host(\`a\`)`)).toBe(hostA(true));
    const groups = (depth: number) => read(`PathRegexp(\`${"(".repeat(depth)}a${")".repeat(depth)}\`)`);
    expect(groups(998)).toContain('"values":["((((');
    expect(groups(1001)).toContain("nested groups");
    expect(groups(100_000)).toContain("nested groups");
    expect(read(`PathRegexp(\`${"(".repeat(100_000)}\`)`)).toContain("a ( is never closed");
  });

  test.each([
    ["calls", Array(40_000).fill("Host(`a`)").join(" || ")],
    ["comments", "/* */".repeat(100_000)],
    ["escapes", `Host("${"\\x41".repeat(100_000)}")`],
    ["bytes", `Header("${"\\xff".repeat(100_000)}", \`a\`)`],
    ["quotes that open", '"'.repeat(200_000)],
    ["braces in a regular expression", `PathRegexp(\`${"a{".repeat(100_000)}\`)`],
    ["brackets in a regular expression", `PathRegexp(\`${"[[:".repeat(50_000)}\`)`],
    ["Unicode classes", `PathRegexp(\`${"\\p{".repeat(150_000)}\`)`],
    ["Unicode classes in brackets", `PathRegexp(\`[${"\\p{".repeat(150_000)}\`)`],
    ["names of groups", `PathRegexp(\`${"(?P<".repeat(50_000)}\`)`],
  ])("half a megabyte of %s takes no second of the processor", (_, rule) => {
    expect(cpuTime(() => void read(rule))).toBeLessThan(1000);
  });
});
