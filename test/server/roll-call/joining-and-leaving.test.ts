import { describe, expect, test } from "vitest";
import { type Answer, targetKey, targetsOf } from "../../../server/roll-call/answers.ts";
import { type Mark, markKey } from "../../../server/roll-call/marks.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance } from "../../../server/roll-call/observed.ts";
import { membersOf, type Plan } from "../../../server/roll-call/plan.ts";
import { callRoll, nothingTold, type Told } from "../../../server/roll-call/roll-call.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

type Ready = NonNullable<DeclaredGroup["service"]["ready"]>;

const health = { http: "/health", status: "200-399", interval: "5s", timeout: "2s", rise: 1, fall: "off" } as const;

/** A house of one group whose instances, answers and marks a test sets; each roll call keeps what the one before remembered. */
function house(replicas: number, ready?: Ready, rest: Partial<DeclaredGroup> = {}) {
  let memory = noMemory;
  let plan: Plan | undefined;
  const declared = (port: number, count: number) =>
    group("web", count, { service: { protocol: "http", scheme: "http", port, ...(ready && { ready }) }, ...rest });
  return {
    /** `said`: what each replica of that index answers wherever it is asked. */
    call(
      instances: readonly Instance[],
      said: Readonly<Record<number, Answer["state"]>> = {},
      { marks = [] as readonly Mark[], port = 3000, count = replicas } = {},
    ) {
      const asked = plan ? targetsOf(plan) : [];
      const answers = asked.map((target) => {
        const state = said[Number(target.instance.split("-")[1])] ?? "asking";
        return [targetKey(target), { state, detail: `${state} on ${target.question.port}` }] as const;
      });
      const told: Told = {
        ...nothingTold,
        answers: new Map(answers),
        marks: new Map(marks.map((one) => [markKey(one), one])),
      };
      const called = callRoll(memory, declare(declared(port, count)), see(...instances), [], told);
      ({ memory, plan } = called);
      return rows(plan);
    },
    asked: () => targetsOf(plan as Plan).map(({ instance, question }) => `${instance} ${question.by} ${question.port}`),
    plan: () => plan as Plan,
  };
}
const rows = (plan: Plan) =>
  plan.groups[0]?.replicas.map(({ replica, state, reason }) => [replica, state, reason].filter(Boolean).join(" "));
const members = (plan: Plan) => plan.groups.flatMap((one) => membersOf(one).map(({ replica }) => replica));
const web = (...indexes: number[]) => indexes.map((index) => instance(`web-${index}`));
const mark = (index: number, uuid = ""): Mark => ({
  ...{ source: "local", project: "default", instance: `web-${index}`, uuid },
  ...{ by: "ann", since: 0, until: 60_000 },
});

/** What those instances answer on port 3000. */
function answersOf(instances: readonly Instance[], state: Answer["state"]): Told["answers"] {
  const { plan } = callRoll(
    noMemory,
    declare(
      group("web", instances.length, { service: { protocol: "http", scheme: "http", port: 3000, ready: "port" } }),
    ),
    see(...instances),
  );
  return new Map(targetsOf(plan).map((target) => [targetKey(target), { state, detail: "" }] as const));
}

describe("a replica joins when it has answered", () => {
  test("and is starting, asked and waited for until then", () => {
    const { call, asked, plan } = house(2, "port");
    expect(call(web(0, 1))).toEqual(["web-0 starting not-ready", "web-1 starting not-ready"]);
    expect(asked()).toEqual(["web-0 tcp 3000", "web-1 tcp 3000"]);
    expect(call(web(0, 1), { 0: "ready" })).toEqual(["web-0 ready", "web-1 starting not-ready"]);
    expect(plan().waiting).toMatchObject([{ replica: "web-1", reason: "not-ready", detail: "asking on 3000" }]);
    expect(call(web(0, 1), { 0: "ready", 1: "ready" })).toEqual(["web-0 member", "web-1 member"]);
    expect(asked()).toEqual([]);
  });

  test("and is not asked while it has no address or leaves", () => {
    const { call, asked } = house(2, "port");
    const leaving = { ...instance("web-1"), leaving: "LXD is stopping it" };
    expect(call([instance("web-0", { state: "stopped" }), leaving])).toEqual([
      "web-0 absent stopped",
      "web-1 leaving leaving",
    ]);
    expect(asked()).toEqual([]);
  });

  test("a member that stops answering stays, unless its group says fall", () => {
    const { call } = house(1, "port");
    call(web(0));
    call(web(0), { 0: "ready" });
    expect(call(web(0), { 0: "fallen" })).toEqual(["web-0 member"]);
  });

  test("again after an absence, and after a change of address", () => {
    const { call } = house(2, "port");
    call(web(0, 1));
    call(web(0, 1), { 0: "ready", 1: "ready" });
    expect(call(web(0))).toEqual(["web-0 member", "web-1 absent missing"]);
    expect(call(web(0, 1))).toEqual(["web-0 member", "web-1 starting not-ready"]);
    expect(call(web(0, 1), { 1: "ready" })).toEqual(["web-0 member", "web-1 member"]);
    expect(call([...web(0), instance("web-1", { address: "10.0.0.77" })])).toEqual([
      "web-0 member",
      "web-1 starting not-ready",
    ]);
  });

  test("at its new address too if it is just seen frozen there", () => {
    const { call } = house(1, "port");
    call(web(0));
    call(web(0), { 0: "ready" });
    expect(call([instance("web-0", { state: "freezing" })])).toEqual(["web-0 kept frozen"]);
    const moved = [instance("web-0", { state: "freezing", address: "10.0.0.77" })];
    expect(call(moved)).toEqual(["web-0 starting not-ready"]);
    expect(call(moved, { 0: "ready" })).toEqual(["web-0 absent frozen"]);
  });

  test("again after an absence in a time in which its group was not declared", () => {
    const asking = group("web", 1, { service: { protocol: "http", scheme: "http", port: 3000, ready: "port" } });
    const other = group("api", 1);
    const said: Told = { ...nothingTold, answers: answersOf(web(0), "ready") };
    let { plan, memory } = callRoll(noMemory, declare(other, asking), see(...web(0), instance("api-0")), [], said);
    expect(members(plan)).toContain("web-0");
    const back = () => callRoll(memory, declare(other, asking), see(...web(0), instance("api-0"))).plan;
    ({ memory } = callRoll(memory, declare(other), see(...web(0), instance("api-0"))));
    expect(members(back())).toContain("web-0");
    ({ memory } = callRoll(memory, declare(other), see(instance("web-0", { state: "stopped" }), instance("api-0"))));
    expect(members(back())).not.toContain("web-0");
  });

  test("on the new port before a change of port takes effect, while the old one is served", () => {
    const { call, asked, plan } = house(1, "port");
    call(web(0));
    call(web(0), { 0: "ready" });
    expect(call(web(0), {}, { port: 4000 })).toEqual(["web-0 kept not-ready"]);
    expect(members(plan())).toEqual(["web-0"]);
    expect(asked()).toContain("web-0 tcp 4000");
    expect(call(web(0), { 0: "ready" }, { port: 4000 })).toEqual(["web-0 member"]);
    expect(plan().groups[0]?.inEffect?.port).toBe(4000);
  });

  test("and goes on being asked there until all of its group have answered", () => {
    const { call, asked } = house(2, "port");
    call(web(0, 1));
    call(web(0, 1), { 0: "ready", 1: "ready" });
    call(web(0, 1), {}, { port: 4000 });
    expect(call(web(0, 1), { 0: "ready" }, { port: 4000 })).toEqual(["web-0 member", "web-1 kept not-ready"]);
    expect(asked()).toEqual(["web-0 tcp 4000", "web-0 tcp 3000", "web-1 tcp 4000", "web-1 tcp 3000"]);
  });

  test("by its platform's own word, Ready, or the health that incus-compose reports", () => {
    const said = (more: Partial<Instance>) => {
      const { call } = house(1, "platform");
      return call([{ ...instance("web-0"), ...more }])?.[0];
    };
    const keys = (more: object) => ({ keys: { "user.rollcall.group": "web", ...more } });
    expect(said({})).toBe("web-0 starting not-ready");
    expect(said({ saysReady: true })).toBe("web-0 member");
    const enabled = { "user.healthcheck.enabled": "true" };
    expect(said(keys(enabled))).toBe("web-0 starting not-ready");
    expect(said(keys({ ...enabled, "user.healthcheck.status": "healthy" }))).toBe("web-0 member");
    expect(said(keys({ ...enabled, "user.healthcheck.status": "unhealthy" }))).toBe("web-0 starting not-ready");
    expect(said(keys({ ...enabled, "user.healthcheck.status": "healthy", "user.healthcheck.stopped": "true" }))).toBe(
      "web-0 starting not-ready",
    );
  });
});

describe("members that stop answering, with fall", () => {
  const four = [0, 1, 2, 3];
  function fallen(gate: DeclaredGroup["gate"], count: number) {
    const { call, plan } = house(4, { ...health, fall: 3 }, { gate });
    call(web(...four));
    call(web(...four), { 0: "ready", 1: "ready", 2: "ready", 3: "ready" });
    const said = Object.fromEntries(four.map((index) => [index, index < count ? "fallen" : "ready"] as const));
    call(web(...four), said);
    call(web(...four), said);
    return members(plan());
  }

  test("leave", () => expect(fallen("complete", 1)).toEqual(["web-1", "web-2", "web-3"]));
  test("but never more than half of the group", () => expect(fallen("complete", 4)).toEqual(["web-2", "web-3"]));
  test("and never below the minimum of its gate", () =>
    expect(fallen({ minimum: 3 }, 4)).toEqual(["web-1", "web-2", "web-3"]));

  test("nor counting on one that only joins now", () => {
    const { call, plan } = house(4, { ...health, fall: 3 }, { gate: { minimum: 3 } });
    const ready = { 0: "ready", 1: "ready", 2: "ready" } as const;
    call(web(...four));
    call(web(...four), ready);
    expect(members(plan())).toEqual(["web-0", "web-1", "web-2"]);
    call(web(...four), { ...ready, 0: "fallen", 3: "ready" });
    expect(members(plan())).toEqual(["web-0", "web-1", "web-2", "web-3"]);
    call(web(...four), { ...ready, 0: "fallen", 3: "ready" });
    expect(members(plan())).toEqual(["web-1", "web-2", "web-3"]);
  });
});

describe("a replica is leaving", () => {
  const leaving = (index: number): Instance => ({ ...instance(`web-${index}`), leaving: "LXD is stopping it" });

  test("while its platform is about to end it, and joins again if that fails", () => {
    const { call } = house(2);
    call(web(0, 1));
    expect(call([...web(0), leaving(1)])).toEqual(["web-0 member", "web-1 leaving leaving"]);
    expect(call(web(0, 1))).toEqual(["web-0 member", "web-1 member"]);
  });

  test("while it is marked, until it is another instance", () => {
    const { call } = house(2);
    const named = (uuid: string) => ({ ...instance("web-1"), uuid });
    call([...web(0), named("one")]);
    const marks = [mark(1, "one")];
    expect(call([...web(0), named("one")], {}, { marks })).toEqual(["web-0 member", "web-1 leaving leaving"]);
    expect(call(web(0), {}, { marks })).toEqual(["web-0 member", "web-1 absent missing"]);
    expect(call([...web(0), named("two")], {}, { marks })).toEqual(["web-0 member", "web-1 member"]);
  });

  test("and a larger group waits for it, while strict does not lock for one that still runs", () => {
    const { call, plan } = house(2, undefined, { gate: "strict" });
    call(web(0, 1));
    call(web(0, 1), {}, { marks: [mark(1)] });
    expect(plan().state).toBe("ready");
    expect(members(plan())).toEqual(["web-0"]);
    call(web(0, 1, 2), {}, { marks: [mark(1)], count: 3 });
    expect(plan().groups[0]?.pending).toBeDefined();
  });
});

describe("a member that its source lost", () => {
  const lost = (index: number, more: Partial<Instance>): Instance => ({
    ...instance(`web-${index}`, { state: "unlisted", address: null, keys: {} }),
    ...more,
  });

  test("stays, unconfirmed, until listings agree and its port is silent", () => {
    const { call, asked } = house(2);
    call(web(0, 1));
    expect(call([...web(0), lost(1, {})])).toEqual(["web-0 member", "web-1 kept unconfirmed"]);
    expect(asked()).toEqual(["web-1 tcp 3000"]);
    expect(call([...web(0), lost(1, {})], { 1: "fallen" })).toEqual(["web-0 member", "web-1 kept unconfirmed"]);
    expect(call([...web(0), lost(1, { agreed: true })], { 1: "ready" })?.[1]).toBe("web-1 kept unconfirmed");
    expect(call([...web(0), lost(1, { agreed: true })], { 1: "fallen" })?.[1]).toBe("web-1 absent unconfirmed");
  });

  test("stays, though LXD can't read its network for long, until its port is silent", () => {
    const { call, asked } = house(2);
    call(web(0, 1));
    const unread = (more: Partial<Instance>) => [
      ...web(0),
      { ...instance("web-1", { state: "unread", address: null }), ...more },
    ];
    expect(call(unread({}))?.[1]).toBe("web-1 kept no-address");
    expect(asked()).toEqual([]);
    expect(call(unread({ agreed: true }))?.[1]).toBe("web-1 kept unconfirmed");
    expect(asked()).toEqual(["web-1 tcp 3000"]);
    expect(call(unread({ agreed: true }), { 1: "fallen" })?.[1]).toBe("web-1 absent unconfirmed");
  });

  test("stays if no other member would be left: then the way to all may be broken", () => {
    const { call } = house(3);
    call(web(0, 1, 2));
    const both = [lost(0, { agreed: true }), lost(1, { agreed: true }), instance("web-2", { state: "stopped" })];
    call(both);
    expect(call(both, { 0: "fallen", 1: "fallen" })).toEqual([
      "web-0 kept unconfirmed",
      "web-1 kept unconfirmed",
      "web-2 absent stopped",
    ]);
  });

  test("and is silent is away for strict, and one that is starting too", () => {
    const { call, plan } = house(2, "port", { gate: "strict" });
    call(web(0, 1));
    call(web(0, 1), { 0: "ready", 1: "ready" });
    call([...web(0), lost(1, { agreed: true })]);
    expect(plan().state).toBe("ready");
    call([...web(0), lost(1, { agreed: true })], { 1: "fallen" });
    expect(plan().state).toBe("locked");
    expect(call(web(0, 1))).toEqual(["web-0 member", "web-1 starting not-ready"]);
    expect(plan().state).toBe("locked");
  });
});
