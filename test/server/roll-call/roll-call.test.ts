import { describe, expect, test } from "vitest";
import type { Declared } from "../../../server/roll-call/declared.ts";
import { type Memory, noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, Observed } from "../../../server/roll-call/observed.ts";
import { membersOf, type Plan } from "../../../server/roll-call/plan.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { specHashes } from "../../../shared/instance-spec.ts";
import { rolloutSchema } from "../../../shared/rollout.ts";
import { tags } from "../../../shared/tags.ts";
import { declare, group, instance, listing, nothingRead, see, seeListing } from "../../support/server/literals.ts";

/** Calls the roll for each step in turn, and gives the last plan and memory. */
function outcome(...steps: (readonly [Declared, Observed])[]): { plan: Plan; memory: Memory } {
  return resume(noMemory, ...steps);
}
function resume(memory: Memory, ...steps: (readonly [Declared, Observed])[]) {
  let result = { plan: undefined as unknown as Plan, memory };
  for (const [declared, observed] of steps) result = callRoll(result.memory, declared, observed);
  return result;
}
function members(plan: Plan, name = "web"): string[] {
  const found = plan.groups.find(({ group }) => group.name === name);
  return found?.inEffect ? membersOf(found).map(({ replica, address }) => `${replica} ${address}`) : ["not in effect"];
}
const waiting = (plan: Plan) => plan.waiting.map(({ replica, reason }) => `${replica} ${reason}`);
const web = (...indexes: number[]) => indexes.map((index) => instance(`web-${index}`));

describe("the document is locked", () => {
  test("without any declared group, and names the directory", () => {
    const { plan } = outcome([declare(), see()]);
    expect(plan.state).toBe("locked");
    expect(plan.waiting).toEqual([
      { group: null, replica: null, reason: "missing", detail: "/groups declares no group" },
    ]);
  });

  test("before the first listing, with every declared replica not-read", () => {
    const { plan } = outcome([declare(group("web", 2)), nothingRead]);
    expect(plan.state).toBe("locked");
    expect(waiting(plan)).toEqual(["web-0 not-read", "web-1 not-read"]);
  });

  test.each([
    ["missing", []],
    ["stopped", [instance("web-1", { state: "stopped", address: null })]],
    ["frozen", [instance("web-1", { state: "frozen" })]],
    ["frozen", [instance("web-1", { state: "freezing" })]],
    ["no-address", [instance("web-1", { address: null })]],
    ["untagged", [instance("web-1", { keys: {} })]],
    ["untagged", [instance("web-1", { group: "api" })]],
    ["error", [instance("web-1", { state: "error", keys: {} })]],
  ] as const)("until each declared replica reports an address: %s", (reason, others) => {
    const { plan } = outcome([declare(group("web", 2)), see(...web(0), ...others)]);
    expect(plan.state).toBe("locked");
    expect(waiting(plan)).toEqual([`web-1 ${reason}`]);
  });

  test("until every group has once been in effect", () => {
    const both = declare(group("api", 1), group("web", 1));
    const { plan } = outcome([both, see(...web(0))]);
    expect(plan.state).toBe("locked");
    expect(waiting(plan)).toEqual(["api-0 missing"]);
    expect(outcome([both, see(...web(0))], [both, see(instance("api-0"))]).plan.state).toBe("ready");
  });

  test("rather than served empty when the only group is replaced by one that is incomplete", () => {
    const { plan } = outcome([declare(group("web", 1)), see(...web(0))], [declare(group("shop", 1)), see(...web(0))]);
    expect(plan.state).toBe("locked");
    expect(waiting(plan)).toEqual(["shop-0 missing"]);
  });
});

describe("the roster in effect follows the live state", () => {
  const three = declare(group("web", 3));
  const full = [three, see(...web(0, 1, 2))] as const;

  test("a replica that stops leaves, and one that comes back rejoins", () => {
    const stopped = [three, see(...web(0, 2), instance("web-1", { state: "stopped", address: null }))] as const;
    expect(members(outcome(full, stopped).plan)).toEqual(["web-0 10.0.0.0", "web-2 10.0.0.2"]);
    expect(members(outcome(full, stopped, full).plan)).toHaveLength(3);
    const { plan } = outcome(full, stopped);
    expect([plan.state, plan.waiting, plan.stale, plan.groups[0]?.pending]).toEqual(["ready", [], [], undefined]);
  });

  test("a new address is taken", () => {
    const moved = see(...web(0, 2), instance("web-1", { address: "10.0.0.77" }));
    expect(members(outcome(full, [three, moved]).plan)).toContain("web-1 10.0.0.77");
  });

  test("an address is kept while it is shown, whatever comes before it", () => {
    const more = see(...web(0, 2), instance("web-1", { address: ["10.0.0.200", "10.0.0.1"] }));
    expect(members(outcome(full, [three, more]).plan)).toContain("web-1 10.0.0.1");
  });

  test("with no replica left it serves none: 503 is the truth, and the document is not empty", () => {
    const { plan } = outcome(full, [three, see()]);
    expect(plan.state).toBe("ready");
    expect(members(plan)).toEqual([]);
  });

  test("whether something is pending or not", () => {
    const five = declare(group("web", 5));
    const pending = [five, see(...web(0, 1, 2, 3))] as const;
    const restarted = [five, see(...web(0, 2, 3), instance("web-1", { state: "stopped" }))] as const;
    const moved = [five, see(...web(0, 2, 3), instance("web-1", { address: "10.0.0.50" }))] as const;
    expect(members(outcome(full, pending, restarted).plan)).toEqual(["web-0 10.0.0.0", "web-2 10.0.0.2"]);
    expect(members(outcome(full, pending, restarted, moved).plan)).toEqual([
      "web-0 10.0.0.0",
      "web-1 10.0.0.50",
      "web-2 10.0.0.2",
    ]);
  });
});

describe("unknown is not gone", () => {
  const two = declare(group("web", 2));
  const full = [two, see(...web(0, 1))] as const;

  test("a failed listing changes nothing, and is marked", () => {
    const { plan } = outcome(full, [two, seeListing({ ...listing(...web(0, 1)), problem: "connect ECONNREFUSED" })]);
    expect(members(plan)).toHaveLength(2);
    const kept = { state: "kept", reason: "not-read", detail: "connect ECONNREFUSED" };
    expect(plan.groups[0]?.replicas).toMatchObject([kept, kept]);
    expect(plan.stale).toEqual([{ source: "local", project: "default", problem: "connect ECONNREFUSED" }]);
  });

  test.each<[string, Observed, string, string]>([
    ["no source", nothingRead, "project default of source local has not been read yet", "not read yet"],
    [
      "no project",
      new Map([["local", new Map()]]),
      "project default of source local has not been read yet",
      "not read yet",
    ],
    ["nothing, for a reason", seeListing({ instances: undefined, problem: "refused" }), "refused", "refused"],
  ])(
    "what the disk remembers is served at the same addresses while %s is read, and is marked",
    (_, seen, detail, problem) => {
      const { memory, plan: before } = outcome(full);
      const { plan } = resume(memory, [two, seen]);
      expect(members(plan)).toEqual(members(before));
      const kept = { state: "kept", reason: "not-read", detail };
      expect(plan.groups[0]?.replicas).toMatchObject([kept, kept]);
      expect(plan.stale).toEqual([{ source: "local", project: "default", problem }]);
    },
  );

  test("an instance on an offline cluster member stays", () => {
    const stub = instance("web-1", { state: "error", keys: {}, address: null });
    expect(members(outcome(full, [two, see(...web(0), stub)]).plan)).toEqual(["web-0 10.0.0.0", "web-1 10.0.0.1"]);
  });

  test("an instance that listings lack silently stays at its address, and one that was not served is missing", () => {
    const unlisted = (index: number) => ({ name: `web-${index}`, state: "unlisted", keys: {}, nics: [] }) as const;
    const { plan } = outcome(full, [two, see(...web(0), unlisted(1))]);
    expect(members(plan)).toEqual(["web-0 10.0.0.0", "web-1 10.0.0.1"]);
    expect(plan.groups[0]?.replicas[1]).toMatchObject({ state: "kept", reason: "unconfirmed" });
    const strict = declare(group("web", 2, { gate: "strict" }));
    expect(outcome([strict, see(...web(0, 1))], [strict, see(...web(0), unlisted(1))]).plan.state).toBe("ready");
    const selected = declare(group("web", 2, { selector: { key: "user.role", value: "web" } }));
    const both = [0, 1].map((index) => instance(`web-${index}`, { keys: { "user.role": "web" } }));
    expect(
      members(outcome([selected, see(...both)], [selected, see(...both.slice(0, 1), unlisted(1))]).plan),
    ).toHaveLength(2);
    const fresh = outcome([two, see(...web(0), unlisted(1))]).plan;
    expect(fresh.groups[0]?.replicas[1]).toMatchObject({ state: "absent", reason: "missing" });
  });

  test("but one that had left before does not come back as unknown", () => {
    const stub = instance("web-1", { state: "error", keys: {}, address: null });
    expect(members(outcome(full, [two, see(...web(0))], [two, see(...web(0), stub)]).plan)).toEqual(["web-0 10.0.0.0"]);
  });

  test("a member whose network LXD could not read stays, and all of them do", () => {
    const unread = [0, 1].map((index) => instance(`web-${index}`, { state: "unread", address: null }));
    expect(members(outcome(full, [two, see(...unread)]).plan)).toEqual(["web-0 10.0.0.0", "web-1 10.0.0.1"]);
  });

  test("a member that was just seen frozen stays; one that is frozen leaves", () => {
    expect(members(outcome(full, [two, see(...web(0), instance("web-1", { state: "freezing" }))]).plan)).toHaveLength(
      2,
    );
    expect(members(outcome(full, [two, see(...web(0), instance("web-1", { state: "frozen" }))]).plan)).toHaveLength(1);
  });
});

describe("a pending roster", () => {
  const at = (replicas: number) => declare(group("web", replicas));
  const full = [at(3), see(...web(0, 1, 2))] as const;

  test("takes effect when its roll call completes, and is waited for by name until then", () => {
    const incomplete = outcome(full, [at(5), see(...web(0, 1, 2, 3))]);
    expect(incomplete.plan.state).toBe("ready");
    expect(members(incomplete.plan)).toHaveLength(3);
    expect(waiting(incomplete.plan)).toEqual(["web-4 missing"]);
    expect(incomplete.plan.groups[0]?.replicas.map(({ state }) => state)).toEqual([
      "member",
      "member",
      "member",
      "ready",
      "absent",
    ]);
    expect(members(resume(incomplete.memory, [at(5), see(...web(0, 1, 2, 3, 4))]).plan)).toHaveLength(5);
  });

  test("is dropped when the file equals the one in effect again", () => {
    const { plan } = outcome(full, [at(5), see(...web(0, 1, 2))], [at(3), see(...web(0, 1, 2))]);
    expect(plan.groups[0]?.pending).toBeUndefined();
    expect(plan.waiting).toEqual([]);
  });

  test("removes a replica that is no longer declared at once, though another one is down", () => {
    const five = [at(5), see(...web(0, 1, 2, 3, 4))] as const;
    const { plan } = outcome(five, [at(2), see(...web(0, 2, 3, 4))]);
    expect(members(plan)).toEqual(["web-0 10.0.0.0"]);
  });

  test("keeps replicas that are no longer declared while the group would have none, until one of the new roster is present", () => {
    const five = [at(5), see(...web(0, 1, 2, 3, 4))] as const;
    const nobody = [at(2), see(...web(2, 3, 4))] as const;
    const { plan } = outcome(five, nobody);
    expect(members(plan)).toEqual(["web-2 10.0.0.2", "web-3 10.0.0.3", "web-4 10.0.0.4"]);
    const detail = "no longer declared; stays until one that is declared is present";
    expect(plan.groups[0]?.replicas[2]).toMatchObject({ replica: "web-2", state: "kept", detail });
    expect(members(outcome(five, nobody, [at(2), see(...web(1, 2, 3, 4))]).plan)).toEqual(["web-1 10.0.0.1"]);
  });

  test("holds for a new port too: it is served when all are present, and everything else at once", () => {
    const service = { protocol: "http", scheme: "http", port: 4000, loadBalancer: { strategy: "p2c" } } as const;
    const { plan } = outcome(full, [declare(group("web", 3, { service })), see(...web(0, 1))]);
    expect(plan.groups[0]?.inEffect?.port).toBe(3000);
    expect(plan.groups[0]?.group.service.loadBalancer).toEqual({ strategy: "p2c" });
    const { plan: later } = outcome(full, [declare(group("web", 3, { service })), see(...web(0, 1, 2))]);
    expect(later.groups[0]?.inEffect?.port).toBe(4000);
  });

  test("holds for another protocol: until all are present, what was declared for the one before is served", () => {
    const http = declare(group("web", 3, { router: { rule: "Host(`web`)" } }));
    const tcp = declare(group("web", 3, { service: { protocol: "tcp", port: 5432, tls: true } }));
    const udp = declare(group("web", 3, { service: { protocol: "udp", port: 53 } }));
    const two = see(...web(0, 1));
    const { plan } = outcome([http, see(...web(0, 1, 2))], [tcp, two], [udp, two]);
    expect(plan.groups[0]).toMatchObject({ inEffect: { protocol: "http" }, pending: { protocol: "udp" } });
    expect(plan.groups[0]?.serves).toBe(http.groups[0]);
    const { plan: later } = outcome([http, see(...web(0, 1, 2))], [tcp, see(...web(0, 1, 2))], [udp, two]);
    const [row] = later.groups;
    expect(row?.inEffect).toEqual({
      group: "web",
      source: "local",
      project: "default",
      replicas: 3,
      protocol: "tcp",
      tls: true,
      port: 5432,
    });
    expect(row?.serves).toBe(tcp.groups[0]);
    expect(outcome([http, two], [tcp, two]).plan.groups[0]?.serves).toBeUndefined();
  });

  test.each([
    ["project", { project: "shop" }],
    ["source", { source: "shop" }],
  ])("for another %s keeps the old members until the new ones are complete", (_, place) => {
    const moved = declare(group("web", 2, place));
    const shop = (...names: string[]): Observed => {
      const here = listing(...web(0, 1, 2));
      const there = listing(...names.map((name) => instance(name, { address: "10.9.9.9" })));
      const local = new Map([
        ["default", here],
        ["shop", there],
      ]);
      return new Map([
        ["local", local],
        ["shop", new Map([["default", there]])],
      ]);
    };
    expect(members(outcome(full, [moved, shop("web-0")]).plan)).toHaveLength(3);
    expect(members(outcome(full, [moved, shop("web-0", "web-1")]).plan)).toEqual(["web-0 10.9.9.9", "web-1 10.9.9.9"]);
  });

  test("of another NIC is served at the addresses of the one before until all have the new one", () => {
    const two = (nic: string) => declare(group("web", 2, { nic }));
    const [eth0] = instance("web-0").nics;
    const both = (name: string, more: object) => {
      const one = instance(name);
      return { ...one, nics: [...one.nics, { ...eth0, name: "eth1", addresses: [], ...more }] } as Instance;
    };
    const [zero, one] = [both("web-0", { addresses: [{ address: "10.1.0.0", tentative: false }] }), both("web-1", {})];
    const { plan } = outcome([two("eth0"), see(...web(0, 1))], [two("eth1"), see(zero, one)]);
    expect(members(plan)).toEqual(["web-0 10.0.0.0", "web-1 10.0.0.1"]);
    expect(waiting(plan)).toEqual(["web-1 no-address"]);
  });

  test("of no replicas takes effect at once: it is how to serve nothing", () => {
    const { plan } = outcome(full, [at(0), see(...web(0, 1, 2))]);
    expect(plan.state).toBe("ready");
    expect(members(plan)).toEqual([]);
  });
});

describe("groups come and go", () => {
  test("a new group whose roll call is incomplete is left out and named, and the others go on", () => {
    const { plan } = outcome(
      [declare(group("web", 1)), see(...web(0))],
      [declare(group("api", 1), group("web", 1)), see(...web(0))],
    );
    expect(plan.state).toBe("ready");
    expect(members(plan, "api")).toEqual(["not in effect"]);
    expect(members(plan)).toHaveLength(1);
    expect(waiting(plan)).toEqual(["api-0 missing"]);
  });

  test("a removed group leaves at once; its memory stays, so it is in effect when it comes back, until that is forgotten", () => {
    const both = declare(group("api", 1), group("web", 1));
    const seen = see(...web(0), instance("api-0"));
    const { plan, memory } = outcome([both, seen], [declare(group("web", 1)), seen]);
    expect(plan.groups.map(({ group }) => group.name)).toEqual(["web"]);
    expect([...memory.groups.keys()].sort()).toEqual(["api", "web"]);
    expect(members(resume(memory, [both, seen]).plan, "api")).toEqual(["api-0 10.0.0.0"]);
    expect(members(resume(memory, [both, see(...web(0))]).plan, "api")).toEqual([]);
    const forgotten = { ...memory, groups: new Map([...memory.groups].filter(([name]) => name === "web")) };
    expect(members(resume(forgotten, [both, see(...web(0))]).plan, "api")).toEqual(["not in effect"]);
  });

  test("a tagged instance of another name is surplus: named, never served", () => {
    const { plan } = outcome([declare(group("web", 1)), see(...web(7, 0), instance("other", { group: "web" }))]);
    expect(members(plan)).toEqual(["web-0 10.0.0.0"]);
    const surplus = { state: "surplus", detail: "tagged, but not declared" };
    expect(plan.groups[0]?.replicas.slice(1)).toEqual([
      { replica: "other", ...surplus },
      { replica: "web-7", ...surplus },
    ]);
  });

  test("a group named like a member of Object is a group", () => {
    const { plan } = outcome([declare(group("constructor", 1)), see(instance("constructor-0"))]);
    expect(members(plan, "constructor")).toEqual(["constructor-0 10.0.0.0"]);
  });
});

describe("the gate", () => {
  test("strict locks the whole document whenever one declared replica is away, and only then", () => {
    const strict = declare(group("api", 1), group("web", 2, { gate: "strict" }));
    const api = instance("api-0");
    const full = [strict, see(api, ...web(0, 1))] as const;
    expect(outcome(full).plan.state).toBe("ready");
    const { plan } = outcome(full, [strict, see(api, ...web(0))]);
    expect(plan.state).toBe("locked");
    expect(waiting(plan)).toEqual(["web-1 missing"]);
    expect(outcome(full, [strict, see(api, ...web(0, 1, 2))]).plan.state).toBe("ready");
  });

  const seen = (state: Instance["state"]) => see(...web(0), instance("web-1", { state, address: null }));
  test.each<[string, Plan["state"], ...Observed[]]>([
    ["was just seen frozen", "ready", seen("freezing")],
    ["is in an error state", "ready", seen("error")],
    ["has a network that LXD could not read", "ready", seen("unread")],
    ["is listed no longer, without an event", "ready", seen("unlisted")],
    ["was not read since the start", "locked", nothingRead],
    ["had left, and is in an error state", "locked", see(...web(0)), seen("error")],
    ["had left, and was just seen frozen", "locked", see(...web(0)), seen("freezing")],
    ["is a new instance whose network LXD could not read", "locked", see(...web(0)), seen("unread")],
  ])("strict, while a replica %s: %s", (_, state, ...steps) => {
    const strict = declare(group("web", 2, { gate: "strict" }));
    const [first, ...rest] = [see(...web(0, 1)), ...steps].map((one) => [strict, one] as const);
    expect(outcome(...(first ? [first] : []), ...rest).plan.state).toBe(state);
  });

  test("strict locks while fewer match a selector than are declared", () => {
    const strict = declare(group("web", 2, { gate: "strict", selector: { prefix: "web-" } }));
    expect(outcome([strict, see(...web(0, 1))]).plan.state).toBe("ready");
    expect(outcome([strict, see(...web(0, 1))], [strict, see(...web(0))]).plan.state).toBe("locked");
  });

  test.each([
    [{ minimum: 2 }, 3, [0], false],
    [{ minimum: 2 }, 3, [0, 2], true],
    [{ minimum: "50%" }, 3, [1], false],
    [{ minimum: "50%" }, 3, [1, 2], true],
    [{ minimum: "1%" }, 3, [2], true],
    [{ minimum: 5 }, 0, [], true],
  ] as const)("%j of %i replicas opens with %j: %s", (gate, replicas, present, opens) => {
    const { plan } = outcome([declare(group("web", replicas, { gate })), see(...web(...present))]);
    expect(plan.state).toBe(opens ? "ready" : "locked");
    if (opens) expect(members(plan)).toHaveLength(present.length);
  });

  test("a minimum may be missed once it was met, and the rest join as they come", () => {
    const declared = declare(group("web", 3, { gate: { minimum: 2 } }));
    const met = [declared, see(...web(0, 1))] as const;
    expect(members(outcome(met, [declared, see(...web(1))]).plan)).toEqual(["web-1 10.0.0.1"]);
    expect(members(outcome(met, [declared, see(...web(0, 1, 2))]).plan)).toHaveLength(3);
  });
});

describe("a selector", () => {
  const any = (selector: NonNullable<Parameters<typeof group>[2]>["selector"], replicas = 2) =>
    declare(group("web", replicas, selector ? { selector } : {}));
  const guests = [instance("web-a"), instance("web-b"), instance("db-a")].map((one) => ({
    ...one,
    keys: { "user.role": one.name.slice(0, 2) },
  }));

  test.each([
    [{ prefix: "web-" }, ["web-a", "web-b"]],
    [{ glob: "w?b-*" }, ["web-a", "web-b"]],
    [{ glob: "*-a" }, ["db-a", "web-a"]],
    [{ key: "user.role", value: "we" }, ["web-a", "web-b"]],
  ] as const)("%j finds %j", (selector, names) => {
    const { plan } = outcome([any(selector), see(...guests)]);
    expect(plan.state).toBe("ready");
    expect(members(plan).map((member) => member.split(" ")[0])).toEqual(names);
  });

  test("waits for a count, and reports it", () => {
    const { plan } = outcome([any({ prefix: "web-" }, 3), see(...guests)]);
    expect(plan.state).toBe("locked");
    expect(plan.waiting).toEqual([
      { group: "web", replica: null, reason: "missing", detail: "2 of 3 that match are present" },
    ]);
    const others = [{ ...instance("web-a"), state: "stopped" } as const, ...guests.slice(1)];
    const stopped = outcome([any({ prefix: "web-" }, 3), see(...others)]).plan;
    const away = { group: "web", reason: "stopped" };
    expect(stopped.waiting).toMatchObject([
      { ...away, replica: null, detail: "1 of 3 that match are present" },
      { ...away, replica: "web-a", detail: "the instance does not run" },
    ]);
    expect(outcome([any({ prefix: "web-" }, 3), nothingRead]).plan.waiting).toEqual([
      { group: "web", replica: null, reason: "not-read", detail: "0 of 3 that match are present" },
    ]);
  });

  test("has all that match as members, more than are declared too", () => {
    expect(members(outcome([any({ glob: "*" }, 1), see(...guests)]).plan)).toHaveLength(3);
  });

  test("keeps a member that LXD only shows as a stub without keys", () => {
    const role = { key: "user.role", value: "we" };
    const stub = instance("web-b", { state: "error", keys: {}, address: null });
    const stranger = instance("db-a", { state: "error", keys: {}, address: null });
    const { plan } = outcome([any(role), see(...guests)], [any(role), see(...guests.slice(0, 1), stub, stranger)]);
    expect(members(plan)).toHaveLength(2);
    expect(plan.groups[0]?.replicas).toHaveLength(2);
  });

  test("keeps its members by name while nothing is read", () => {
    const { memory } = outcome([any({ prefix: "web-" }), see(...guests)]);
    const [web] = memory.groups.values();
    const reversed = web && { ...web, members: new Map([...web.members].reverse()) };
    const restarted = { ...memory, groups: new Map(reversed && [["web", reversed]]) };
    const { plan } = resume(restarted, [any({ prefix: "web-" }), nothingRead]);
    expect(plan.groups[0]?.replicas.map(({ replica, state }) => `${replica} ${state}`)).toEqual([
      "web-a kept",
      "web-b kept",
    ]);
  });

  test("that is pending keeps those that it finds too, be they known only by name, and lets the others go", () => {
    const full = [any({ glob: "*" }, 3), see(...guests)] as const;
    const role = any({ key: "user.role", value: "we" }, 4);
    const names = ({ plan }: { plan: Plan }) => members(plan).map((member) => member.split(" ")[0]);
    expect(names(outcome(full, [role, see(...guests)]))).toEqual(["web-a", "web-b"]);
    const stub = instance("web-b", { state: "error", keys: {}, address: null });
    expect(names(outcome(full, [role, see(...guests.filter(({ name }) => name !== "web-b"), stub)]))).toEqual([
      "web-a",
      "web-b",
    ]);
    expect(names(outcome(full, [role, nothingRead]))).toEqual(["db-a", "web-a", "web-b"]);
  });
});

describe("what a replica was made from", () => {
  const spec = { image: "web", type: "container" as const, profiles: ["default"], config: {}, devices: {} };
  const declared = (rest: Parameters<typeof group>[2] = {}, replicas = 2) =>
    declare(group("web", replicas, { instance: spec, ...rest }));
  /** An instance that says it was made from the replica of that index. */
  const madeAs = (index: number, of = declared(), name = `web-${index}`) => {
    const hash = of.groups[0] && specHashes(of.groups[0])(index);
    return instance(name, { keys: { [tags.group]: "web", ...(hash && { [tags.spec]: hash }) } });
  };
  const specs = ({ groups: [web] }: Plan) => web?.replicas.map(({ replica, spec: is }) => `${replica} ${is}`);

  test("is current if it is what the file declares", () => {
    expect(specs(outcome([declared(), see(madeAs(0), madeAs(1))]).plan)).toEqual(["web-0 current", "web-1 current"]);
  });

  test("is outdated if the file has changed since, and that decides nothing", () => {
    const now = declared({ instance: { ...spec, image: "web-v2" } });
    const { plan } = outcome([now, see(madeAs(0), madeAs(1, now))]);
    expect(specs(plan)).toEqual(["web-0 outdated", "web-1 current"]);
    expect([plan.state, waiting(plan)]).toEqual(["ready", []]);
    expect(members(plan)).toEqual(["web-0 10.0.0.0", "web-1 10.0.0.1"]);
  });

  test("is measured by the partition of a rollout", () => {
    const rollout = rolloutSchema.parse({ image: "web-v2", partition: 1 });
    const during = declared({ rollout });
    expect(specs(outcome([during, see(madeAs(0), madeAs(1))]).plan)).toEqual(["web-0 current", "web-1 outdated"]);
    expect(specs(outcome([during, see(madeAs(0), madeAs(1, during))]).plan)).toEqual([
      "web-0 current",
      "web-1 current",
    ]);
  });

  test("is reported for an absent replica too", () => {
    const stopped = { ...madeAs(1, declared({ instance: { ...spec, image: "old" } })), state: "stopped" } as const;
    const { plan } = outcome([declared(), see(madeAs(0), stopped)]);
    expect(plan.groups[0]?.replicas[1]).toMatchObject({ state: "absent", reason: "stopped", spec: "outdated" });
  });

  test("is an older image if the alias leads to another one now, and that decides nothing", () => {
    const images = new Map([["web", "b2"]]);
    const instances = [
      { ...madeAs(0), baseImage: "a1" },
      { ...madeAs(1), baseImage: "b2" },
    ];
    const { plan } = outcome([declared(), seeListing({ ...listing(...instances), images })]);
    expect(plan.groups[0]?.replicas.map(({ image }) => image)).toEqual(["older", "current"]);
    expect(members(plan)).toEqual(["web-0 10.0.0.0", "web-1 10.0.0.1"]);
    const own = declared({ instance: { ...spec, image: "local:web" } });
    const named = outcome([own, seeListing({ ...listing(...instances), images })]).plan;
    expect(named.groups[0]?.replicas[0]?.image).toBe("older");
    for (const unknown of [undefined, new Map<string, string>()]) {
      const { plan } = outcome([declared(), seeListing({ ...listing(...instances), images: unknown })]);
      expect(plan.groups[0]?.replicas.map(({ image }) => image)).toEqual([undefined, undefined]);
    }
  });

  test("names the devices that Terraform added and the file no longer declares", () => {
    const devices = { data: { type: "disk" } };
    const left = { ...madeAs(0), addedDevices: ["data", "scratch"] };
    const { plan } = outcome([declared({ instance: { ...spec, devices } }), see(left, madeAs(1))]);
    expect(plan.groups[0]?.replicas.map(({ leftDevices }) => leftDevices)).toEqual([["scratch"], undefined]);
  });

  test("is not known if the instance does not say, if there is none, or if the file does not", () => {
    expect(specs(outcome([declared(), see(...web(0))]).plan)).toEqual(["web-0 undefined", "web-1 undefined"]);
    expect(specs(outcome([declare(group("web", 1)), see(madeAs(0))]).plan)).toEqual(["web-0 undefined"]);
    expect(specs(outcome([declared(), nothingRead]).plan)).toEqual(["web-0 undefined", "web-1 undefined"]);
  });

  test("is not asked of those that are not declared, nor of a selector's", () => {
    const full = [declared({}, 3), see(madeAs(0), madeAs(1), madeAs(2))] as const;
    const nobody = [declared({}, 1), see(madeAs(1), madeAs(2))] as const;
    expect(specs(outcome(full, nobody).plan)).toEqual(["web-0 undefined", "web-1 undefined", "web-2 undefined"]);
    const selected = declared({ selector: { prefix: "web-" } });
    expect(specs(outcome([selected, see(madeAs(0), madeAs(1))]).plan)).toEqual(["web-0 undefined", "web-1 undefined"]);
  });
});
