import { describe, expect, test } from "vitest";
import { targetsOf } from "../../../server/roll-call/answers.ts";
import { markKey } from "../../../server/roll-call/marks.ts";
import { type Memory, noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, Listing, Observed } from "../../../server/roll-call/observed.ts";
import {
  lackingAddress,
  membersOf,
  type Plan,
  placeOf,
  servedInstances,
  servedOf,
} from "../../../server/roll-call/plan.ts";
import { callRoll, nothingTold } from "../../../server/roll-call/roll-call.ts";
import { rosterOf } from "../../../server/roll-call/roster.ts";
import { keptReader, keptText, nothingKept } from "../../../server/state/format.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import type { Spread } from "../../../shared/spread-schema.ts";
import { weightKey } from "../../../shared/tags.ts";
import { declare, group, instance, listing } from "../../support/server/literals.ts";

/** Of web-0, web-1, web-2 and web-3 the sources a, b, a and b. */
const over = (spread: Spread, replicas = 4, rest: Omit<Partial<DeclaredGroup>, "source" | "spread"> = {}) =>
  group("web", replicas, { spread, ...rest });
const ab = over(["a", "b"]);

/** An instance on a source: at 10.1.0.3 the web-3 of the first, at 10.2.0.3 that of the second. */
function on(source: string, name: string, rest: Parameters<typeof instance>[1] = {}): Instance {
  return instance(name, { address: `10.${"abc".indexOf(source) + 1}.0.${name.slice(4)}`, ...rest });
}

type Listings = Readonly<Record<string, Listing | undefined>>;

function seen(listings: Listings): Observed {
  return new Map(
    Object.entries(listings).flatMap(([source, one]) => (one ? [[source, new Map([["default", one]])] as const] : [])),
  );
}
const lists = (source: string, ...indexes: number[]) => listing(...indexes.map((index) => on(source, `web-${index}`)));
const both: Listings = { a: lists("a", 0, 2), b: lists("b", 1, 3) };
const dead = (one: Listing): Listing => ({ ...one, problem: "no answer" });

function call(memory: Memory, declared: DeclaredGroup, listings: Listings, told = nothingTold) {
  return callRoll(memory, declare(declared), seen(listings), [], told);
}
function rows({ groups: [only] }: Plan): string[] {
  return (only?.replicas ?? []).map((row) =>
    [row.replica, placeOf(ab, row).source, row.state, row.address ?? row.reason].join(" "),
  );
}
const members = ({ groups: [only] }: Plan) => (only ? membersOf(only).map(({ address }) => address) : []);

test("a spread group is in effect once every source shows its part; which is where is in each row", () => {
  const half = call(noMemory, ab, { a: both.a, b: undefined });
  expect(half.plan.state).toBe("locked");
  expect(half.plan.waiting.map(({ replica, detail }) => `${replica}: ${detail}`)).toEqual([
    "web-1: project default of source b has not been read yet",
    "web-3: project default of source b has not been read yet",
  ]);
  expect(half.plan.stale.map(({ source }) => source)).toEqual(["b"]);
  const { plan } = call(half.memory, ab, both);
  expect(rows(plan)).toEqual([
    "web-0 a member 10.1.0.0",
    "web-1 b member 10.2.0.1",
    "web-2 a member 10.1.0.2",
    "web-3 b member 10.2.0.3",
  ]);
  expect(servedOf(plan, "b")).toEqual(new Map([["default", new Set(["web-1", "web-3"])]]));
  expect(servedInstances(plan)).toHaveLength(4);
});

test("an instance of the right name and tag on another source is no replica: it is surplus, and said with its source", () => {
  const { plan } = call(noMemory, ab, { a: lists("a", 0, 1, 2), b: both.b });
  expect(rows(plan).at(-1)).toBe("web-1 a surplus ");
  expect(plan.groups[0]?.replicas.at(-1)?.detail).toBe("tagged, but declared on source b");
  expect(members(plan)).not.toContain("10.1.0.1");
});

describe("one of two sources that can't be read", () => {
  const { memory } = call(noMemory, ab, both);

  test("keeps its members, with the reason, while the other's come and go", () => {
    const down = { a: lists("a", 0), b: dead(lists("b", 1, 3)) };
    const { plan } = call(memory, ab, down);
    expect(rows(plan)).toEqual([
      "web-0 a member 10.1.0.0",
      "web-1 b kept 10.2.0.1",
      "web-2 a absent missing",
      "web-3 b kept 10.2.0.3",
    ]);
    expect(plan.stale).toEqual([{ source: "b", project: "default", problem: "no answer" }]);
  });

  test("is never read since a start: the disk's members of it are served beside the other's", () => {
    const { plan } = call(memory, ab, { a: lists("a", 0), b: undefined });
    expect([plan.state, ...members(plan)]).toEqual(["ready", "10.1.0.0", "10.2.0.1", "10.2.0.3"]);
  });

  test("delays no roster that needs nothing new of it", () => {
    const six = over(["a", "b"], 5);
    const { plan } = call(memory, six, { a: lists("a", 0, 2, 4), b: dead(lists("b", 1, 3)) });
    expect(plan.groups[0]?.pending).toBeUndefined();
    expect(members(plan)).toHaveLength(5);
  });
});

describe("a replica that moves to another source", () => {
  const { memory } = call(noMemory, over({ a: 1, b: 0 }, 1), { a: lists("a", 0), b: listing() });
  const moved = over({ a: 0, b: 1 }, 1);
  const old = lists("a", 0);

  test("is served where it is until it is present where it goes, and both are shown", () => {
    const { plan, memory: kept } = call(memory, moved, { a: old, b: listing() });
    expect(rows(plan)).toEqual(["web-0 b absent missing", "web-0 a kept 10.1.0.0"]);
    const said = "declared on source b, project default; stays until the roll call is complete";
    expect(plan.groups[0]?.replicas[1]?.detail).toBe(said);
    const after = call(kept, moved, { a: old, b: lists("b", 0) });
    expect(rows(after.plan)).toEqual(["web-0 b member 10.2.0.0", "web-0 a surplus "]);
  });

  test("leaves the old source when it is drained there, and is not held back on the new one", () => {
    const at = { source: "a", project: "default", instance: "web-0" };
    const marks = new Map([[markKey(at), { ...at, uuid: "", by: "deploy", since: 0, until: 9 }]]);
    const { plan } = call(memory, moved, { a: old, b: listing() }, { ...nothingTold, marks });
    expect(rows(plan)).toEqual(["web-0 b absent missing", "web-0 a surplus "]);
  });

  test("is asked at its new address before it joins there, and not about the one that serves", () => {
    const asking = { service: { protocol: "http", scheme: "http", port: 3000, ready: "port" } } as const;
    const { plan } = call(memory, { ...moved, ...asking }, { a: old, b: lists("b", 0) });
    expect(rows(plan)).toEqual(["web-0 b starting 10.2.0.0", "web-0 a kept 10.1.0.0"]);
    const targets = targetsOf(plan).map(({ source, address, question }) => `${source} ${address}:${question.port}`);
    expect(targets).toContain("b 10.2.0.0:3000");
  });

  test("that lacks an address there is looked for there", () => {
    const { plan } = call(memory, moved, { a: old, b: listing(on("b", "web-0", { address: null })) });
    expect([lackingAddress(plan, "a"), lackingAddress(plan, "b")]).toEqual([[], ["web-0"]]);
  });

  test("takes its own weight from the instance that serves", () => {
    const weighted = (source: string, weight: string) =>
      listing(on(source, "web-0", { keys: { "user.rollcall.group": "web", [weightKey]: weight } }));
    const { plan } = call(memory, moved, { a: weighted("a", "3"), b: weighted("b", "5") });
    expect(plan.groups[0]?.replicas.map(({ weight }) => weight)).toEqual([5, undefined]);
    expect(rows(plan)[0]).toBe("web-0 b member 10.2.0.0");
  });
});

test("of replicas that leave and others that move, the first leave at once and the others stay until all is complete", () => {
  const { memory } = call(noMemory, ab, both);
  const onlyA = over({ a: 3, b: 0 }, 3);
  const { plan } = call(memory, onlyA, both);
  expect(rows(plan)).toEqual([
    "web-0 a member 10.1.0.0",
    "web-1 a absent missing",
    "web-2 a member 10.1.0.2",
    "web-1 b kept 10.2.0.1",
    "web-3 b surplus ",
  ]);
  const { plan: later } = call(memory, onlyA, { ...both, a: lists("a", 0, 1, 2) });
  expect(members(later)).toEqual(["10.1.0.0", "10.1.0.1", "10.1.0.2"]);
});

test("its memory is read from the disk as it was written, and one of an older version has its one source", () => {
  const { memory } = call(noMemory, ab, both);
  const text = keptText({ ...nothingKept, memory, groups: [ab] });
  const { kept, problem } = keptReader("3.7")(text);
  expect([kept?.memory, problem]).toEqual([memory, undefined]);
  expect(kept?.memory.groups.get("web")?.roster.sources).toEqual(["a", "b", "a", "b"]);
  expect(rosterOf(group("web", 1))).not.toHaveProperty("sources");
});
