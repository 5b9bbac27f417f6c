import { describe, expect, test } from "vitest";
import { mostMarks } from "../../../server/marks/drain.ts";
import { type DrainRequest, drain, takeBack } from "../../../server/marks/drains.ts";
import { createMarks } from "../../../server/marks/marks.ts";
import type { Fleet } from "../../../server/marks/targets.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Observed } from "../../../server/roll-call/observed.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { declare, group, instance, listing } from "../../support/server/literals.ts";

const silent = { info: () => {} };

/**
 * Two sources. `local` has the groups api, idle and web, of which web-3 does not exist, and another instance. Those of `other` declare
 * themselves; one has a name that local has too.
 */
function house(labelled: ReadonlyMap<string, readonly string[]> = new Map()) {
  const local = listing(...["web-0", "web-1", "web-2", "api-0", "other", "alone"].map((name) => instance(name)));
  const observed: Observed = new Map([
    ["local", new Map([["default", local]])],
    ["other", new Map([["prod", listing(instance("web-2"), instance("db"))]])],
  ]);
  const groups = [group("api", 1), group("idle", 0), group("web", 4, { gate: { minimum: 3 } })];
  const declaring = [{ source: "other", project: "prod", reads: () => ({ nic: undefined }) }];
  const { plan } = callRoll(noMemory, declare(...groups), observed, declaring);
  const marks = createMarks({ kept: new Map(), log: silent, now: () => 0 });
  const fleet = (): Fleet => ({
    plan,
    labelled: new Map(labelled),
    observed,
    marks: marks.current(),
    sources: ["local", "other"],
  });
  const usual: DrainRequest = { targets: [], by: "ann", grace: 10, for: 1000, force: false, ifPresent: false };
  return {
    marks,
    fleet,
    drain: (targets: readonly string[], more: Partial<DrainRequest> = {}, now = 0) =>
      drain({ ...usual, targets, ...more }, fleet(), marks, now),
    takeBack: (targets: readonly string[] | "all", ifPresent = false) => takeBack(targets, fleet(), marks, ifPresent),
    marked: () => [...marks.current().keys()],
  };
}

describe("the words of a drain", () => {
  test.each<[string, string, readonly string[]]>([
    ["a replica", "web-0", ["local/default/web-0"]],
    ["another instance", "db", ["other/prod/db"]],
    ["an instance by its source and project", "other/prod/web-2", ["other/prod/web-2"]],
    ["a group by its name", "web", ["local/default/web-0", "local/default/web-1", "local/default/web-2"]],
    ["a group said so", "group:api", ["local/default/api-0"]],
    ["a source whose instances declare themselves", "source:other", ["other/prod/db", "other/prod/web-2"]],
    ["a source said so", "source:local", ["api-0", "web-0", "web-1", "web-2"].map((name) => `local/default/${name}`)],
  ])("%s", (_, word, keys) => {
    const { drain, marked } = house();
    expect(drain([word], { force: true })).toEqual({ set: keys, already: [], ignored: [] });
    expect(marked()).toEqual(keys);
  });

  test("that may mean several things are refused, with all of them", () => {
    const { drain, marked } = house();
    const web2 = "web-2 may be any of local/default/web-2, other/prod/web-2: write which";
    expect(drain(["web-0", "web-2"])).toEqual({ status: 409, detail: web2 });
    expect(drain(["other"])).toEqual({
      status: 409,
      detail: "other may be any of local/default/other, source:other: write which",
    });
    expect(marked()).toEqual([]);
  });

  test("that mean nothing are refused with what was probably meant, or ignored if they may be gone", () => {
    const { drain, marked } = house();
    const unknown = (hint: string) => `wep-0: no replica, group, source or instance has that name${hint}`;
    expect(drain(["wep-0"])).toEqual({ status: 404, detail: unknown(', did you mean "web-0"?') });
    expect(drain(["group:wep"])).toMatchObject({ detail: expect.stringContaining('did you mean "group:web"?') });
    const plain = "group-web: no replica, group, source or instance has that name";
    expect(drain(["group-web"])).toEqual({ status: 404, detail: plain });
    expect(drain(["local/default/none"])).toMatchObject({ status: 404 });
    expect(marked()).toEqual([]);
    expect(drain(["web-0", "local/default/none"], { ifPresent: true })).toMatchObject({
      set: ["local/default/web-0"],
      ignored: [expect.stringContaining("local/default/none: no replica")],
    });
  });
});

describe("the last members of a group", () => {
  test("are not drained, and the refusal names the groups", () => {
    const { drain, marked } = house();
    const detail = "api, web would have no member left in the load balancer: drain fewer at a time, or use --force";
    expect(drain(["api-0", "web"])).toEqual({ status: 409, detail });
    expect(drain(["web-0", "web-1"])).toMatchObject({ set: ["local/default/web-0", "local/default/web-1"] });
    expect(marked()).toHaveLength(2);
  });

  test("nor are those of a service that labels declare", () => {
    const { drain } = house(new Map([["http.services/db", ["other/prod/db", "other/prod/web-2"]]]));
    expect(drain(["source:other"])).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/^http.services.db would/),
    });
    expect(drain(["db"])).toMatchObject({ set: ["other/prod/db"] });
  });

  test("are drained with force", () => {
    const { drain } = house();
    expect(drain(["api"], { force: true })).toMatchObject({ set: ["local/default/api-0"] });
  });
});

describe("two drains of one instance", () => {
  test("are one mark, that holds as long as the longer one and keeps who set it", () => {
    const { drain, marks } = house();
    drain(["web-0"], { by: "ann", for: 1000, grace: 10 });
    const second = drain(["web-0", "web-1"], { by: "bob", for: 5000, grace: 5 }, 100);
    expect(second).toEqual({ set: ["local/default/web-1"], already: ["local/default/web-0"], ignored: [] });
    expect(marks.current().get("local/default/web-0")).toMatchObject({ by: "ann", since: 0, until: 5100, grace: 10 });
  });
});

describe("to take back", () => {
  test("the same words, or all; what is not drained is said", () => {
    const { drain, takeBack, marked } = house();
    drain(["web-0", "web-1"]);
    expect(takeBack(["web"])).toEqual({
      ended: ["local/default/web-0", "local/default/web-1"],
      not: ["local/default/web-2"],
    });
    drain(["web-1", "db"]);
    expect(takeBack("all")).toEqual({ ended: ["local/default/web-1", "other/prod/db"], not: [] });
    expect(marked()).toEqual([]);
  });

  test("works for an instance whose source can't be read", () => {
    const { drain, marks, fleet } = house();
    drain(["db"]);
    const blind = { ...fleet(), observed: new Map() };
    expect(takeBack(["db"], blind, marks, false)).toEqual({ ended: ["other/prod/db"], not: [] });
  });
});

const asked = { targets: ["db"], by: "ann", grace: 0, for: 1000, force: false, ifPresent: false };

test.each<[string, Observed]>([
  ["was not read", new Map()],
  ["can't be read", new Map([["other", new Map([["prod", { instances: undefined, problem: "refused" }]])]])],
])("an instance whose source %s can't be marked: nothing says which one it is", (_, observed) => {
  const { drain: mark, marks, fleet } = house();
  mark(["db"]);
  expect(drain(asked, { ...fleet(), observed }, marks, 0)).toEqual({
    status: 409,
    detail: "db: source other does not show it now: try again",
  });
});

test("a group that moves to another project is its instances in both, and is not left without those that serve", () => {
  const seen: Observed = new Map([
    [
      "local",
      new Map([
        ["default", listing(instance("web-0"))],
        ["shop", listing(instance("web-0"))],
      ]),
    ],
  ]);
  const before = callRoll(noMemory, declare(group("web", 1)), seen);
  const moving = declare(group("web", 2, { project: "shop" }));
  const { plan } = callRoll(before.memory, moving, seen);
  const marks = createMarks({ kept: new Map(), log: silent, now: () => 0 });
  const fleet: Fleet = { labelled: new Map(), plan, observed: seen, marks: marks.current(), sources: ["local"] };
  expect(drain({ ...asked, targets: ["local/default/web-0"] }, fleet, marks, 0)).toMatchObject({ status: 409 });
  expect(drain({ ...asked, targets: ["web"], force: true }, fleet, marks, 0)).toMatchObject({
    set: ["local/shop/web-0", "local/default/web-0"],
  });
});

test("there are at most 10,000 marks, and one too many adds none", () => {
  const { drain, marks } = house();
  const mark = { source: "s", project: "p", uuid: "", by: "", since: 0, until: 9, grace: 0 };
  const many = Array.from({ length: mostMarks - 1 }, (_, index) => {
    const instance = `i-${index}`;
    return [`s/p/${instance}`, { ...mark, instance }] as const;
  });
  marks.set(new Map(many));
  expect(drain(["web-0", "web-1"])).toMatchObject({ status: 409, detail: expect.stringContaining("more than 10000") });
  expect(marks.current().size).toBe(mostMarks - 1);
  expect(drain(["web-0"])).toMatchObject({ set: ["local/default/web-0"] });
});
