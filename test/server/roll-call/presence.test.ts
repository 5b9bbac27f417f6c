import { describe, expect, test } from "vitest";
import type { Instance } from "../../../server/roll-call/observed.ts";
import { instancePresence } from "../../../server/roll-call/presence.ts";
import { instance, listing } from "../../support/server/literals.ts";

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
  const nics = [nic("eth0", "back", "10.1.0.5"), nic("eth1", "front", "10.2.0.5"), nic("front2", "eth0", "10.3.0.5")];
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

  test("is named with those that there are, if there is none or more than one", () => {
    expect(asking("lan")).toMatchObject({
      reason: "no-address",
      detail: "runs, but has no NIC lan; it has eth0 on back, eth1 on front, front2 on eth0",
    });
    expect(asking("front", [...nics, nic("eth2", "front", "10.2.0.6")])).toMatchObject({
      detail: "runs, but has 2 NICs on front; it has eth0 on back, eth1 on front, front2 on eth0, eth2 on front",
    });
    expect(asking("lan", [])).toMatchObject({ detail: "runs, but has no NIC" });
  });
});
