import { describe, expect, test } from "vitest";
import { type Answer, targetKey, targetsOf } from "../../../server/roll-call/answers.ts";
import { instanceKey } from "../../../server/roll-call/call-replicas.ts";
import { markWords } from "../../../server/roll-call/marks.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, SourceState } from "../../../server/roll-call/observed.ts";
import { lackingAddress, type Plan, servedInstances, servedOf } from "../../../server/roll-call/plan.ts";
import { callRoll, nothingTold } from "../../../server/roll-call/roll-call.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { declare, group, instance, listing, see } from "../../support/server/literals.ts";

const web = (...indexes: number[]) => indexes.map((index) => instance(`web-${index}`));
const place = { source: "local", project: "default" };
const rows = (plan: Plan) =>
  plan.groups[0]?.replicas.map(({ replica, state, address, detail }) => [replica, state, address, detail]);

describe("an instance that is held back", () => {
  const held = (uuid: string | undefined) => {
    const heldBack = new Map([[instanceKey({ ...place, instance: "web-1" }, { uuid }), "came and went"]]);
    return { flapping: { ...instance("web-1"), uuid }, told: { ...nothingTold, heldBack } };
  };
  const { flapping, told } = held("one");

  test.each([undefined, "one"])(
    "of uuid %s waits while another one is served, though it has an address, and says why",
    (uuid) => {
      const { flapping, told } = held(uuid);
      const { plan } = callRoll(
        noMemory,
        declare(group("web", 2, { gate: { minimum: 1 } })),
        see(...web(0), flapping),
        [],
        told,
      );
      expect(rows(plan)).toEqual([
        ["web-0", "member", "10.0.0.0", undefined],
        ["web-1", "starting", "10.0.0.1", "came and went"],
      ]);
      expect(plan.groups[0]?.present).toBe(1);
    },
  );

  test("waits while another one is kept, too", () => {
    const declared = declare(group("web", 2, { gate: { minimum: 1 } }));
    const before = callRoll(noMemory, declared, see(...web(0)));
    const frozen = see(instance("web-0", { state: "freezing" }), flapping);
    const { plan } = callRoll(before.memory, declared, frozen, [], told);
    expect(rows(plan)?.map(([, state]) => state)).toEqual(["kept", "starting"]);
  });

  test("stays where it is served", () => {
    const before = callRoll(noMemory, declare(group("web", 2)), see(...web(0), flapping));
    const { plan } = callRoll(before.memory, declare(group("web", 2)), see(...web(0), flapping), [], told);
    expect(rows(plan)?.[1]?.[1]).toBe("member");
  });

  test("does not wait where nothing else is served", () => {
    const alone = [instance("web-0", { state: "stopped", address: null }), flapping];
    const { plan } = callRoll(noMemory, declare(group("web", 2, { gate: { minimum: 1 } })), see(...alone), [], told);
    expect(rows(plan)?.[1]).toEqual(["web-1", "member", "10.0.0.1", undefined]);
  });

  test("waits there too while it has not answered", () => {
    const asking = group("web", 2, {
      gate: { minimum: 1 },
      service: { protocol: "http", scheme: "http", port: 3000, ready: "port" },
    });
    const { plan } = callRoll(noMemory, declare(asking), see(flapping), [], told);
    expect(rows(plan)?.[1]).toEqual(["web-1", "starting", "10.0.0.1", "came and went"]);
  });

  test("is another one once it was made again", () => {
    const again = { ...flapping, uuid: "two" };
    const { plan } = callRoll(noMemory, declare(group("web", 2)), see(...web(0), again), [], told);
    expect(rows(plan)?.[1]?.[1]).toBe("member");
  });
});

describe("members of a UDP group that are lost", () => {
  const udp: Partial<DeclaredGroup> = { service: { protocol: "udp", port: 53 } };
  test.each([
    ["unlisted", "absent", "LXD lists it no longer, though no event told of its end; its port does not answer"],
    ["error", "kept", "LXD reports Error: its cluster member may be offline"],
  ] as const)("can't be asked: one that is %s is %s when listings agree", (state, is, detail) => {
    const before = callRoll(noMemory, declare(group("dns", 2, udp)), see(instance("dns-0"), instance("dns-1")));
    const lost: Instance = { ...instance("dns-1", { address: null, keys: {} }), state, agreed: true };
    const { plan } = callRoll(before.memory, declare(group("dns", 2, udp)), see(instance("dns-0"), lost));
    expect(rows(plan)?.[1]?.[1]).toBe(is);
    expect(rows(plan)?.[1]?.[3]).toBe(detail);
    expect(targetsOf(plan)).toEqual([]);
  });
});

test("a member in error whose port is silent is absent, with both said; while a selector chose it, too", () => {
  const selected = group("web", 2, { selector: { prefix: "web-" } });
  const before = callRoll(noMemory, declare(selected), see(...web(1, 0)));
  expect(rows(before.plan)?.map(([name]) => name)).toEqual(["web-0", "web-1"]);
  const lost: Instance = { ...instance("web-1", { address: null, keys: {} }), state: "error", agreed: true };
  const asked = callRoll(before.memory, declare(selected), see(...web(0), lost));
  const answers = new Map(
    targetsOf(asked.plan).map((target): [string, Answer] => [targetKey(target), { state: "fallen", detail: "" }]),
  );
  const { plan } = callRoll(asked.memory, declare(selected), see(...web(0), lost), [], { ...nothingTold, answers });
  const words = "LXD reports Error: its cluster member may be offline; its port does not answer";
  expect(rows(plan)?.[1]).toEqual(["web-1", "absent", undefined, words]);
});

describe("what a plan says of sources", () => {
  function called(): Plan {
    const api = group("api", 1, { source: "other", project: "shop" });
    const declaring = [{ ...place, reads: () => ({ nic: undefined }) }];
    const seen = new Map<string, SourceState>([
      ...see(instance("web-0"), instance("web-1", { address: null }), instance("blog")),
      ["other", new Map([["shop", listing(instance("api-0"))]])],
    ]);
    const web = group("web", 2, { gate: { minimum: 1 } });
    return callRoll(noMemory, declare(api, web), seen, declaring).plan;
  }

  test("is which instances are served, with their places", () => {
    const plan = called();
    expect(servedInstances(plan).map(({ source, project, name }) => `${source}/${project}/${name}`)).toEqual([
      ...["other/shop/api-0", "local/default/web-0"],
      ...["local/default/blog", "local/default/web-0"],
    ]);
    expect(servedOf(plan, "local")).toEqual(new Map([["default", new Set(["web-0", "blog"])]]));
    expect(servedOf(plan, "other")).toEqual(new Map([["shop", new Set(["api-0"])]]));
    expect(servedOf(plan, "none")).toEqual(new Map());
  });

  test("is which lack only an address", () => {
    const plan = called();
    expect(lackingAddress(plan, "local")).toEqual(["web-1", "web-1"]);
    expect(lackingAddress(plan, "other")).toEqual([]);
  });
});

test("a mark says who set it and until when", () => {
  const mark = { ...place, instance: "web-0", uuid: "", by: "ann", since: 0, until: 60_000 };
  expect(markWords(mark)).toBe("drained by ann, until 1970-01-01T00:01:00.000Z");
});
