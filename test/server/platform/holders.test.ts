import { describe, expect, test } from "vitest";
import { type Holders, settleAddresses } from "../../../server/platform/holders.ts";
import type { Instance, SourceState } from "../../../server/roll-call/observed.ts";
import { instance, listing } from "../../support/server/literals.ts";

/** Looks in turn, a minute apart, at the instances of `default`; gives the holder of 10.0.0.1, and who has or only may keep which address. */
function looks(...looks: (readonly Instance[] | SourceState)[]) {
  let holders: Holders = new Map();
  let state: SourceState = new Map();
  let now = 0;
  for (const one of looks) {
    const seen = one instanceof Map ? one : new Map([["default", listing(...(one as Instance[]))]]);
    now += 60_000;
    ({ state, holders } = settleAddresses(seen, holders, now));
  }
  const all = [...state].flatMap(([project, { instances }]) =>
    [...(instances?.values() ?? [])].flatMap(({ name, nics }) =>
      nics.flatMap(({ addresses }) =>
        addresses.map(({ address, tentative, sharedWith }) =>
          [`${project}/${name} ${tentative ? "yields" : "has"} ${address}`, sharedWith].filter(Boolean).join(", as "),
        ),
      ),
    ),
  );
  return { holder: holders.get("10.0.0.1")?.key, all };
}
const web = instance("web-1");
const thief = instance("thief", { address: "10.0.0.1" });

describe("an address that two instances show", () => {
  test("stays with the one that had it before", () => {
    expect(looks([web], [web, thief]).all).toEqual([
      "default/web-1 has 10.0.0.1, as thief of project default",
      "default/thief yields 10.0.0.1, as web-1 of project default",
    ]);
  });

  test("is taken by neither if both show it at the first look, nor later while both do", () => {
    const { all, holder } = looks([web, thief], [web, thief]);
    expect(all).toEqual([
      "default/web-1 yields 10.0.0.1, as thief of project default",
      "default/thief yields 10.0.0.1, as web-1 of project default",
    ]);
    expect(holder).toBeUndefined();
  });

  test("is settled when one of them gives it up, and a former holder that comes back has lost it", () => {
    expect(looks([web, thief], [thief]).holder).toBe("default/thief");
    expect(looks([web], [web, thief], [thief], [web, thief]).holder).toBe("default/thief");
    expect(looks([web, thief], [web]).all).toEqual(["default/web-1 has 10.0.0.1"]);
  });

  test.each(["error", "unread", "unlisted"] as const)(
    "stays with a holder that is %s, whose addresses nobody knows now",
    (state) => {
      const unknown = instance("web-1", { state, address: null });
      expect(looks([web], [unknown, thief]).all).toEqual([
        "default/thief yields 10.0.0.1, as web-1 of project default",
      ]);
      expect(looks([web], [unknown], [unknown, thief]).holder).toBe("default/web-1");
    },
  );

  test("stays for ten minutes with a holder that shows no address, for it may restart", () => {
    const stopped = instance("web-1", { state: "stopped", address: null });
    const booting = instance("web-1", { address: null });
    const { all, holder } = looks([web], [stopped, thief], [booting, thief], [web, thief]);
    expect(holder).toBe("default/web-1");
    expect(all[0]).toBe("default/web-1 has 10.0.0.1, as thief of project default");
    const minutes = (n: number) => Array.from({ length: n }, () => [stopped, thief]);
    expect(looks([web], ...minutes(9)).all).toEqual(["default/thief yields 10.0.0.1, as web-1 of project default"]);
    expect(looks([web], ...minutes(10)).all).toEqual(["default/thief has 10.0.0.1"]);
  });

  test("is free at once if its holder has another one, or is gone", () => {
    const moved = instance("web-1", { address: "10.0.0.50" });
    expect(looks([web], [moved, thief]).holder).toBe("default/thief");
    expect(looks([web], [thief]).holder).toBe("default/thief");
  });

  test("counts across the projects of a source, which may share a bridge, and in a project that could not be read now", () => {
    const both: SourceState = new Map([
      ["default", { ...listing(web), problem: "cut" }],
      ["shop", listing(thief)],
    ]);
    expect(looks([web], both).all).toEqual([
      "default/web-1 has 10.0.0.1, as thief of project shop",
      "shop/thief yields 10.0.0.1, as web-1 of project default",
    ]);
  });

  test("is not shared if both are interfaces of one instance", () => {
    const twice = { ...web, nics: [...web.nics, ...instance("web-1").nics.map((nic) => ({ ...nic, name: "eth1" }))] };
    expect(looks([twice]).all).toEqual(["default/web-1 has 10.0.0.1", "default/web-1 has 10.0.0.1"]);
  });
});
