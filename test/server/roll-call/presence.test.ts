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
