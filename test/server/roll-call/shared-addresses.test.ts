import { describe, expect, test } from "vitest";
import type { SelfDeclaring } from "../../../server/roll-call/labelled-call.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, Observed } from "../../../server/roll-call/observed.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { declare, group, instance, listing, see } from "../../support/server/literals.ts";

const web = declare(group("web", 2));

/** An instance at 10.0.0.1, which another one shows too. */
function sharing(name: string, other: string, tentative: boolean): Instance {
  const one = instance(name, { address: "10.0.0.1" });
  const shared = { address: "10.0.0.1", tentative, sharedWith: `${other} of project default` };
  return { ...one, nics: one.nics.map((nic) => ({ ...nic, addresses: [shared] })) };
}

describe("an address that another instance shows too", () => {
  const served = () => callRoll(noMemory, web, see(instance("web-0"), instance("web-1")));

  test("is kept by the member that is served at it, and its row says so", () => {
    for (const tentative of [false, true]) {
      const { plan } = callRoll(served().memory, web, see(instance("web-0"), sharing("web-1", "thief", tentative)));
      expect(plan.groups[0]?.replicas[1]).toMatchObject({
        state: "member",
        address: "10.0.0.1",
        shared: "its address is also that of thief of project default",
      });
      expect(plan.groups[0]?.replicas[0]).not.toHaveProperty("shared");
    }
  });

  test("is not taken by a newcomer, whose reason names the other", () => {
    const two = declare(group("thief", 1), group("web", 2));
    const { plan } = callRoll(
      served().memory,
      two,
      see(instance("web-0"), sharing("web-1", "thief-0", false), sharing("thief-0", "web-1", true)),
    );
    expect(plan.groups[0]?.replicas).toMatchObject([
      {
        state: "absent",
        reason: "no-address",
        detail: "runs, but its address 10.0.0.1 is also that of web-1 of project default",
      },
    ]);
  });
});

test("an address that is shared though it is not the served one marks nothing", () => {
  const thief = sharing("web-1", "thief", true);
  const nics = thief.nics.map((nic) => ({
    ...nic,
    addresses: [...nic.addresses, { address: "10.0.0.200", tentative: false }],
  }));
  const { plan } = callRoll(noMemory, web, see(instance("web-0"), { ...thief, nics }));
  expect(plan.groups[0]?.replicas[1]).toEqual({ replica: "web-1", state: "member", address: "10.0.0.200" });
});

test("three members at one address each name the other two", () => {
  const three = ["web-0", "web-1", "web-2"].map((name) => instance(name, { address: "10.0.0.1" }));
  const { plan } = callRoll(noMemory, declare(group("web", 3)), see(...three));
  expect(plan.groups[0]?.replicas[1]?.shared).toBe(
    "its address is also that of web-0 of local/default, web-2 of local/default",
  );
});

test("two members at one address are each marked, be they of two sources, a group or labels", () => {
  const declaring: SelfDeclaring = { source: "far", project: "shop", reads: () => ({ nic: undefined }) };
  const observed: Observed = new Map([
    ...see(instance("web-0"), instance("web-1")),
    ["far", new Map([["shop", listing(instance("a", { address: "10.0.0.1", keys: {} }))]])],
  ]);
  const { plan } = callRoll(noMemory, web, observed, [declaring]);
  expect(plan.groups[0]?.replicas.map(({ shared }) => shared)).toEqual([
    undefined,
    "its address is also that of a of far/shop",
  ]);
  expect(plan.labelled.map(({ shared }) => shared)).toEqual(["its address is also that of web-1 of local/default"]);
});

describe("an address at which an instance of another source is served", () => {
  const far = (...all: Instance[]): Observed => new Map([["far", new Map([["default", listing(...all)]])]]);
  const two = declare(group("web", 2), group("api", 1, { source: "far" }));
  const near = see(instance("web-0"), instance("web-1"));
  const thief = instance("api-0", { address: "10.0.0.1", keys: { "user.rollcall.group": "api" } });
  const rowsOf = (observed: Observed, memory = callRoll(noMemory, two, near).memory) =>
    callRoll(memory, two, observed).plan.groups.map(({ group, replicas }) => [
      group.name,
      ...replicas.map(({ state }) => state),
    ]);

  test("is not taken, and the reason names that instance", () => {
    const { memory } = callRoll(noMemory, two, near);
    const { plan } = callRoll(memory, two, new Map([...near, ...far(thief)]));
    expect(plan.groups.find(({ group }) => group.name === "api")?.replicas).toMatchObject([
      { state: "absent", detail: "runs, but its address 10.0.0.1 is also that of web-1 of local/default" },
    ]);
    expect(plan.groups.find(({ group }) => group.name === "web")?.replicas).toMatchObject([
      { state: "member" },
      { state: "member", address: "10.0.0.1" },
    ]);
  });

  test("is free once that instance shows it no longer", () => {
    const moved = see(instance("web-0"), instance("web-1", { address: "10.0.0.9" }));
    expect(rowsOf(new Map([...moved, ...far(thief)]))).toEqual([
      ["web", "member", "member"],
      ["api", "member"],
    ]);
  });
});
