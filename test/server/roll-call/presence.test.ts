import { describe, expect, test } from "vitest";
import type { Instance } from "../../../server/roll-call/observed.ts";
import { instancePresence, presenceOf } from "../../../server/roll-call/presence.ts";
import { rosterOf } from "../../../server/roll-call/roster.ts";
import { group, instance, listing } from "../../support/server/literals.ts";

const [settled, unconfirmed] = ["fd77::5", "fd77::6"];

/** An instance that shows these addresses, of which the second one is unconfirmed. */
function showing(...addresses: string[]): Instance {
  const one = instance("web-0", { address: addresses });
  const nics = one.nics.map((nic) => ({
    ...nic,
    addresses: nic.addresses.map(({ address }) => ({ address, tentative: address === unconfirmed })),
  }));
  return { ...one, nics };
}

const words: Readonly<Record<Exclude<Instance["state"], "running">, object>> = {
  unread: { is: "unknown", reason: "no-address", detail: "runs, but LXD could not read its network just now" },
  unlisted: { is: "unknown", reason: "missing", detail: "LXD lists it no longer, though no event told of its end" },
  stopped: { is: "absent", reason: "stopped", detail: "the instance does not run" },
  frozen: { is: "absent", reason: "frozen", detail: "the instance is frozen" },
  freezing: { is: "unknown", reason: "frozen", detail: "just seen frozen" },
  error: { is: "unknown", reason: "error", detail: "LXD reports Error: its cluster member may be offline" },
};

test.each(Object.entries(words))("an instance that is %s is known as %j", (state, found) => {
  expect(presence({ ...instance("web-0", { address: null }), state: state as Instance["state"] })).toEqual(found);
});

test("an instance that its project lacks is missing, and one without its group's tag is untagged, with the place or the tag", () => {
  const web = { ...rosterOf(group("web", 1)), source: "local" };
  const seen = listing(instance("web-0", { keys: {} }));
  expect(presenceOf(web, "web-1", seen, undefined)).toEqual({
    ...{ is: "absent", reason: "missing" },
    detail: "project default of source local has no instance of that name",
  });
  expect(presenceOf(web, "web-0", seen, undefined)).toEqual({
    ...{ is: "absent", reason: "untagged" },
    detail: "its config lacks user.rollcall.group=web",
  });
});

describe("an instance that LXD is stopping", () => {
  const leaving = "LXD is stopping it";
  const found = (more: Partial<Instance>, remembered?: string) => {
    const { address: at, ...said } = {
      address: undefined,
      ...presence({ ...instance("web-0"), leaving, ...more }, remembered),
    };
    return [said.is, at];
  };
  const bare = instance("web-0", { address: null });

  test.each<[string, readonly unknown[], Partial<Instance>, string?]>([
    ["at the address that it shows", ["leaving", "10.0.0.0"], {}, "10.0.0.7"],
    ["at the address where it is served, if it shows none", ["leaving", "10.0.0.7"], bare, "10.0.0.7"],
    ["not at all, if it has neither", ["absent", undefined], bare],
    ["not any more, once it is stopped", ["absent", undefined], { state: "stopped" }, "10.0.0.0"],
  ])("is leaving %s", (_, expected, more, remembered) => expect(found(more, remembered)).toEqual(expected));
});

function presence(one: Instance, remembered?: string) {
  return instancePresence({ source: "local", project: "default" }, "web-0", listing(one), remembered);
}

describe("an unconfirmed IPv6 address", () => {
  test("is never served: an instance that shows no other one has no address yet", () => {
    expect(presence(showing(unconfirmed))).toEqual({
      is: "absent",
      reason: "no-address",
      detail: "runs, but eth0 has no address yet",
    });
  });

  test("gives way to a confirmed one that is shown after it", () => {
    expect(presence(showing(unconfirmed, settled))).toEqual({ is: "present", address: settled });
  });

  test("does not replace the address that is served", () => {
    expect(presence(showing(settled), unconfirmed)).toEqual({ is: "present", address: settled });
    expect(presence(showing(unconfirmed), settled)).toMatchObject({ is: "absent" });
  });

  test("is kept if it is already served, as after a restart", () => {
    expect(presence(showing(settled, unconfirmed), unconfirmed)).toEqual({ is: "present", address: unconfirmed });
  });
});

describe("the NIC that is asked for", () => {
  const nic = (name: string, network: string, address: string) => ({
    name,
    network,
    addresses: [{ address, tentative: false }],
    problem: undefined,
  });
  const [eth0, eth1, front2] = [
    nic("eth0", "back", "10.1.0.5"),
    nic("eth1", "front", "10.2.0.5"),
    nic("front2", "eth0", "10.3.0.5"),
  ] as const;
  const nics = [eth0, eth1, front2];
  const asking = (asked: string, all: Instance["nics"] = nics) =>
    instancePresence(
      { source: "local", project: "default", nic: asked },
      "web-0",
      listing({ ...instance("web-0"), nics: all }),
      undefined,
    );

  test.each([
    ["eth1", "10.2.0.5"],
    ["front", "10.2.0.5"],
    ["eth0", "10.1.0.5"],
  ])("%s is the one of that name, else the only one on a network of that name", (asked, address) =>
    expect(asking(asked)).toEqual({ is: "present", address }),
  );

  test("is eth0 if none is, else the first one", () => {
    expect(asking("", [eth1, eth0])).toEqual({ is: "present", address: "10.1.0.5" });
    expect(asking("", [front2, eth1])).toEqual({ is: "present", address: "10.3.0.5" });
    expect(asking("", [])).toMatchObject({ reason: "no-address", detail: "runs, but has no NIC" });
  });

  test("is named with those that there are, if there is none or more than one", () => {
    expect(asking("lan")).toMatchObject({
      reason: "no-address",
      detail: "runs, but has no NIC lan; it has eth0 on back, eth1 on front, front2 on eth0",
    });
    expect(asking("front", [...nics, nic("eth2", "front", "10.2.0.6")])).toMatchObject({
      detail: "runs, but has 2 NICs on front; it has eth0 on back, eth1 on front, front2 on eth0, eth2 on front",
    });
    expect(asking("lan", [{ name: "eth0", addresses: [], problem: undefined }])).toMatchObject({
      detail: "runs, but has no NIC lan; it has eth0",
    });
    expect(asking("lan", [])).toMatchObject({ detail: "runs, but has no NIC" });
  });
});
