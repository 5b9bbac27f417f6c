import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { check } from "../../traefik/check-document.ts";
import { decode } from "../../traefik/decode/decode.ts";
import { encode } from "../../traefik/encode.ts";
import { parseRule } from "../../traefik/rule/parse.ts";
import { configurations, joined } from "../support/cases/configurations/configurations.ts";
import { documents } from "../support/cases/documents.ts";
import { httpRules, tcpRules } from "../support/cases/rules.ts";

/** What the real Traefik is asked about would prove little if all of it were right, or all of it wrong. Always the same is made here. */
function made<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] {
  return fc.sample(arbitrary, { numRuns, seed: 1 });
}

function expectBoth(part: number, all: number) {
  expect(part).toBeGreaterThan(all / 10);
  expect(part).toBeLessThan((all * 9) / 10);
}

describe("of what is made for the real Traefik a tenth at least is right, and a tenth is wrong", () => {
  test.each(
    ["3.7.15", "3.6.15", "3.0.4"].flatMap((traefik) => [
      { traefik, kind: "http" as const, rules: httpRules },
      { traefik, kind: "tcp" as const, rules: tcpRules },
    ]),
  )("of rules of $kind for $traefik", ({ traefik, kind, rules }) => {
    const all = made(rules, 300);
    expectBoth(all.filter((rule) => parseRule(rule, { kind, traefik }).ok).length, all.length);
  });

  test.each(["3.7.15", "3.5.3", "3.0.4"])("of documents for %s", (traefik) => {
    const all = made(documents(), 50);
    expectBoth(all.filter((text) => decode(text, traefik).verdict === "rejected").length, all.length);
  });

  test("of objects in documents that Traefik accepts", () => {
    const document = joined(made(configurations, 25));
    const sections = Object.values(document) as Record<string, object>[];
    const objects = sections.flatMap((parts) => Object.values(parts).flatMap((part) => Object.keys(part)));
    const off = check(encode(document), "3.7.15").findings.flatMap(({ word, id }) => (word === "off" ? [id] : []));
    expectBoth(new Set(off).size, objects.length);
  });
});
