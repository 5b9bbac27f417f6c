import { describe, expect, test } from "vitest";
import { withoutTies } from "../../../traefik/judge/ties.ts";
import { type Candidate, nameOf, type ObjectValue, objectId } from "../../../traefik/objects/objects.ts";

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
  test("are not both served: the first stays, and the other one is reported", () => {
    expect(withoutTies([router("a"), router("b")], new Map())[1]?.problem).toBe(
      "has the rule and the priority of router a (routes/a.yaml:3:5), and Traefik's choice would be random; give one of them a priority",
    );
  });

  test("leave the one that was served before", () => {
    expect(problems([router("a"), router("b")], "b")).toEqual([true, false]);
    expect(problems([router("a"), router("b")], "a", "b")).toEqual([false, true]);
  });

  test("are two even if one of them writes out Traefik's default, and a priority may be of any size", () => {
    expect(problems([router("a"), router("b", { priority: "Host(`a`)".length })])).toEqual([false, true]);
    expect(problems([router("a", { priority: 2n ** 62n }), router("b", { priority: 2n ** 62n })])).toEqual([
      false,
      true,
    ]);
  });

  test("leave the one of a file before one of labels, which was served before", () => {
    const labelled = { ...router("a"), byLabels: true as const };
    expect(problems([labelled, router("b")], "a")).toEqual([false, true]);
    expect(problems([router("b"), labelled], "a")).toEqual([false, true]);
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

describe("two UDP routers on one entry point", () => {
  const udp = (name: string, ...entryPoints: string[]): Candidate => ({
    id: objectId("udp.routers", name),
    value: { entryPoints, service: "s" },
    origin: `routes/${name}.yaml:3:5`,
  });
  const held = (before: Record<string, string[]>) =>
    new Map(Object.entries(before).map(([name, entryPoints]) => [objectId("udp.routers", name), { entryPoints }]));
  const losers = (candidates: readonly Candidate[], before: Record<string, string[]> = {}) =>
    withoutTies(candidates, held(before)).flatMap(({ id, problem }) => (problem === undefined ? [] : [nameOf(id)]));

  test("are not both served: the first stays, and the other one is reported", () => {
    expect(withoutTies([udp("a", "dns"), udp("b", "ntp", "dns")], new Map())[1]?.problem).toBe(
      "router a (routes/a.yaml:3:5) is on entry point dns, and Traefik takes one UDP router of each",
    );
  });

  test("leave the one that was on it before", () => {
    expect(losers([udp("a", "dns"), udp("b", "dns")], { b: ["dns"] })).toEqual(["a"]);
    expect(losers([udp("a", "dns"), udp("b", "dns")], { a: ["ntp"], b: ["dns"] })).toEqual(["a"]);
    expect(losers([udp("a", "dns"), udp("b", "dns")], { a: ["dns"], b: ["dns"] })).toEqual(["b"]);
  });

  test("leave the one of a file before one of labels, whichever was on it before", () => {
    const labelled = { ...udp("a", "dns"), byLabels: true as const };
    expect(losers([labelled, udp("b", "dns")], { a: ["dns"] })).toEqual(["a"]);
    expect(losers([udp("b", "dns"), labelled], { a: ["dns"] })).toEqual(["a"]);
    expect(losers([labelled, udp("b", "dns")], { b: ["dns"] })).toEqual(["a"]);
  });

  test("are two if one names none, which means all of them", () => {
    expect(losers([udp("a"), udp("b", "dns")])).toEqual(["b"]);
    expect(losers([udp("a", "dns"), udp("b")])).toEqual(["b"]);
    expect(losers([udp("a"), udp("b")])).toEqual(["b"]);
  });

  test("are not if they are on two", () => {
    expect(losers([udp("a", "dns"), udp("b", "ntp")])).toEqual([]);
    const unread = { ...udp("a", "dns"), value: undefined, problem: "cannot be read" };
    expect(losers([unread, udp("b", "dns")])).toEqual(["a"]);
  });
});
