import { describe, expect, test } from "vitest";
import { type Candidate, type ObjectValue, objectId } from "../../../server/routes/objects.ts";
import { withoutTies } from "../../../server/routes/ties.ts";

const router = (name: string, more: object = {}): Candidate => ({
  id: objectId("http.routers", name),
  value: { rule: "Host(`a`)", service: "s", ...more },
  origin: `routes/${name}.yaml:3:5`,
});
const problems = (candidates: readonly Candidate[], ...before: string[]) => {
  const previous = new Map(before.map((name) => [objectId("http.routers", name), {} as ObjectValue]));
  return withoutTies(candidates, previous).map(({ problem }) => problem !== undefined);
};

describe("two routers with one rule and one priority", () => {
  test("are not both served: the first stays, and the other one is told of it", () => {
    expect(withoutTies([router("a"), router("b")], new Map())[1]?.problem).toBe(
      "has the rule and the priority of router a (routes/a.yaml:3:5), and Traefik's choice would be random; give one of them a priority",
    );
  });

  test("leave the one that was served before", () => {
    expect(problems([router("a"), router("b")], "b")).toEqual([true, false]);
    expect(problems([router("a"), router("b")], "a", "b")).toEqual([false, true]);
  });

  test("are two where one of them writes what Traefik takes anyway, and a priority may be of any size", () => {
    expect(problems([router("a"), router("b", { priority: "Host(`a`)".length })])).toEqual([false, true]);
    expect(problems([router("a", { priority: 2n ** 62n }), router("b", { priority: 2n ** 62n })])).toEqual([
      false,
      true,
    ]);
  });

  test.each<[string, Candidate]>([
    ["another rule", router("b", { rule: "Host(`b`)" })],
    ["another priority", router("b", { priority: 7 })],
    ["other entry points", router("b", { entryPoints: ["web"] })],
    ["TLS", router("b", { tls: {} })],
    ["a problem of its own", { ...router("b"), value: undefined, problem: "cannot be read" }],
  ])("are none where one has %s", (_, other) => {
    expect(withoutTies([router("a"), other], new Map())).toEqual([router("a"), other]);
  });
});
