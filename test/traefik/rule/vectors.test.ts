import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseRule } from "../../../traefik/rule/parse.ts";

interface Vector {
  readonly rule: string;
  readonly verdict: "accepted" | "rejected";
}

/** What Traefik 3.7.15 said of each. */
const vectors = readFileSync("test/vectors/rules.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);

describe("the verdict is that of the running Traefik", () => {
  test.each(vectors.map(({ rule, verdict }) => [JSON.stringify(rule), verdict, rule] as const))(
    "%s is %s",
    (_, verdict, rule) => {
      expect(parseRule(rule, { kind: "http", traefik: "3.7" }).ok).toBe(verdict === "accepted");
    },
  );
});
