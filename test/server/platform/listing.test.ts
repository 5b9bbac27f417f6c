import { describe, expect, test } from "vitest";
import { type ListingOptions, nothingLost, readListing } from "../../../server/platform/listing.ts";
import { operationsOf } from "../../../server/platform/operations.ts";
import { parseSubnet } from "../../../server/platform/subnets.ts";
import { type WireInstance, wireInstances } from "../../../server/platform/wire.ts";

const ipv4 = { family: "ipv4", subnet: undefined } as const;
const ipv6 = { family: "ipv6" } as const;
const during = (description: string, status_code = 103) => ({
  operations: operationsOf(
    {
      some: [{ id: "1", class: "task", description, status_code, resources: { instances: ["/1.0/instances/web-0"] } }],
    },
    "lxd",
  ),
});
const wire = (status_code: number, address = "fd77::5"): WireInstance => ({
  name: "web-0",
  type: "container",
  status_code,
  config: { "volatile.eth0.hwaddr": "00:16:3e:00:00:05" },
  expanded_config: { "user.rollcall.group": "web", "limits.memory": "128MiB", "environment.SECRET": "x" },
  expanded_devices: { eth0: { type: "nic", network: "lxdbr0" } },
  state: {
    network: { eth0: { hwaddr: "00:16:3e:00:00:05", addresses: [{ family: "inet6", address, scope: "global" }] } },
  },
});
const read = (
  one: WireInstance,
  now: number,
  before?: ReturnType<typeof readListing>,
  options: Partial<ListingOptions> = {},
) => readListing([one], { ...ipv4, networks: new Map([["lxdbr0", {}]]), before, lost: nothingLost, now, ...options });
const first = (seen: ReturnType<typeof readListing>) => seen.instances.get("web-0");

describe("an instance", () => {
  test.each([
    [103, "running"],
    [113, "running"],
    [102, "stopped"],
    [107, "stopped"],
    [112, "error"],
    [999, "error"],
  ])("of status %i is %s", (code, state) => expect(first(read(wire(code), 0))?.state).toBe(state));

  test("is frozen when it was so in two looks a second apart", () => {
    const one = read(wire(110), 1000);
    const two = read(wire(110), 1500, one);
    const three = read(wire(110), 2000, two);
    expect([one, two, three].map((seen) => first(seen)?.state)).toEqual(["freezing", "freezing", "frozen"]);
    const thawed = read(wire(103), 2100, three);
    expect(first(read(wire(110), 2200, thawed))?.state).toBe("freezing");
  });

  test.each([
    ["a snapshot", "Snapshotting instance"],
    ["a copy", "Creating instance"],
    ["anything unknown", "Polishing instance"],
  ])("is only freezing while %s goes on, however long, and for a second after it", (_, description) => {
    const during5s = [0, 1000, 2000, 3000, 4000, 5000].reduce(
      (before: ReturnType<typeof read> | undefined, now) => read(wire(110), now, before, during(description)),
      undefined,
    );
    const after = read(wire(110), 5900, during5s, during(description, 200));
    const later = read(wire(110), 6000, after);
    expect([during5s, after, later].map((seen) => seen && first(seen)?.state)).toEqual([
      "freezing",
      "freezing",
      "frozen",
    ]);
  });

  test("is leaving while it is being stopped, and no longer when that has ended", () => {
    const leaving = (status: number) =>
      first(read(wire(103), 0, undefined, during("Stopping instance", status)))?.leaving;
    expect([leaving(105), leaving(103), leaving(200), leaving(400)]).toEqual([
      "LXD is stopping it",
      "LXD is stopping it",
      undefined,
      undefined,
    ]);
  });

  test("says by itself that it is ready where it is listed as Ready, and has the uuid of its config", () => {
    const uuid = "0b5b9a1e-6d4f-4b8e-9f0a-1c2d3e4f5a6b";
    const ready = { ...wire(113), config: { "volatile.uuid": uuid } };
    expect(first(read(ready, 0, undefined, { knowsReady: true }))).toMatchObject({ saysReady: true, uuid });
    expect(first(read(wire(103), 0, undefined, { knowsReady: true }))?.saysReady).toBe(false);
  });

  test("says nothing of that where its daemon has no such status", () => {
    expect(first(read(wire(103), 0))?.saysReady).toBeUndefined();
  });

  test("in error is agreed on when it was so in two looks a second apart, and counts as stopped once that is accepted", () => {
    const one = read(wire(112), 1000);
    const two = read(wire(112), 2000, one);
    expect([one, two].map((seen) => first(seen)?.agreed)).toEqual([undefined, true]);
    const accepted = read(wire(112), 2100, two, { lost: { ...nothingLost, accepted: true } });
    const after = read(wire(112), 2200, accepted);
    expect([accepted, after, read(wire(103), 2300, after)].map((seen) => first(seen)?.state)).toEqual([
      "stopped",
      "stopped",
      "running",
    ]);
  });

  test.each([
    ["no state", null],
    ["no network in its state", { network: null }],
    ["an empty network", { network: {} }],
  ])(
    "that runs with %s is unread, since LXD failed to read it, and looks a second apart agree about that",
    (_, state) => {
      const one = read({ ...wire(103), state }, 1000, read(wire(103), 900));
      const two = read({ ...wire(103), state }, 1500, one);
      const three = read({ ...wire(103), state }, 2000, two);
      expect([one, two, three].map((seen) => first(seen)?.state)).toEqual(["unread", "unread", "unread"]);
      expect([one, two, three].map((seen) => first(seen)?.agreed)).toEqual([undefined, undefined, true]);
      expect(first(read(wire(103), 1600, two))?.state).toBe("running");
    },
  );

  test("has its user keys, and no other config: that may be secret", () => {
    expect(first(read(wire(103), 0))?.keys).toEqual({ "user.rollcall.group": "web" });
  });

  const taken = (seen: ReturnType<typeof readListing>) =>
    first(seen)
      ?.nics[0]?.addresses.filter(({ tentative }) => !tentative)
      .map(({ address }) => address);
  /** What can be taken at each of the times, of what is shown then. */
  function takenAt(shown: Record<number, string[]>, options: Partial<ListingOptions>) {
    let before: ReturnType<typeof readListing> | undefined;
    return Object.entries(shown).map(([at, addresses]) => {
      const one = wire(103);
      const eth0 = one.state?.network?.eth0;
      if (eth0)
        eth0.addresses = addresses.map((address) => {
          return { family: address.includes(":") ? "inet6" : "inet", address, scope: "global" };
        });
      before = read(one, Number(at), before, options);
      return [Number(at), ...(taken(before) ?? [])];
    });
  }

  test("takes an IPv6 address only when listings have shown it for as long as a kernel asks for duplicates, 2.2 s", () => {
    const five = ["fd77::5"];
    const shown = { 0: five, 50: five, 2100: five, 2200: five, 2300: [], 2400: five, 4500: five, 4600: five };
    expect(takenAt(shown, ipv6)).toEqual([[0], [50], [2100], [2200, ...five], [2300], [2400], [4500], [4600, ...five]]);
    const one = read(wire(103), 0, undefined, ipv6);
    expect(first(one)?.nics[0]?.problem).toBe(
      "runs, but fd77::5 of eth0 is new: its kernel may still be checking it for duplicates",
    );
    const two = read(wire(103, "fd77::6"), 2300, one, ipv6);
    expect([taken(two), first(two)?.nics[0]?.addresses]).toEqual([[], [{ address: "fd77::6", tentative: true }]]);
  });

  describe("with both families", () => {
    const both = ["10.7.7.5", "fd77::5"];
    const unknown = { networks: new Map(), family: ["ipv6", "ipv4"] } as const;

    test("waits for the preferred one, which comes later, until that is checked", () => {
      const shown = { 100: both.slice(0, 1), 1100: both, 3200: both, 3300: both };
      const one = { ...unknown, networks: new Map([["lxdbr0", { ipv6: parseSubnet("fd77::1/64", "ipv6") }]]) };
      expect(takenAt(shown, one as Partial<ListingOptions>)).toEqual([
        [100],
        [1100],
        [3200],
        [3300, "fd77::5", "10.7.7.5"],
      ]);
    });

    test("takes the other one after 5 s without", () => {
      const four = both.slice(0, 1);
      const shown = { 100: four, 5000: four, 5100: four };
      const networks = new Map([["lxdbr0", { ipv6: parseSubnet("fd77::1/64", "ipv6") }]]);
      const options = { ...unknown, networks } as Partial<ListingOptions>;
      expect(takenAt(shown, options)).toEqual([[100], [5000], [5100, "10.7.7.5"]]);
    });

    test("takes the other one at once if its network has no subnet of the preferred one", () => {
      const networks = new Map([["lxdbr0", { ipv4: parseSubnet("10.7.7.1/24", "ipv4") }]]);
      expect(takenAt({ 100: both.slice(0, 1) }, { ...unknown, networks } as Partial<ListingOptions>)).toEqual([
        [100, "10.7.7.5"],
      ]);
    });

    test("prefers the first that is written", () => {
      const networks = new Map([["lxdbr0", {}]]);
      expect(takenAt({ 0: both }, { networks, family: ["ipv4", "ipv6"] })).toEqual([[0, "10.7.7.5"]]);
      expect(takenAt({ 0: both, 2200: both }, { networks, family: ["ipv4", "ipv6"] })[1]).toEqual([
        2200,
        "10.7.7.5",
        "fd77::5",
      ]);
    });

    test("says what it waits for", () => {
      const one = wire(103);
      const eth0 = one.state?.network?.eth0;
      if (eth0) eth0.addresses = [{ family: "inet", address: "10.7.7.5", scope: "global" }];
      const networks = new Map([["lxdbr0", { ipv6: parseSubnet("fd77::1/64", "ipv6") }]]);
      const seen = read(one, 0, undefined, { ...unknown, networks } as Partial<ListingOptions>);
      expect(first(seen)?.nics[0]?.problem).toBe("runs, but eth0 has only 10.7.7.5 so far, and IPv6 is preferred");
    });
  });
});

test("the stub of an offline cluster member is an instance in error", () => {
  const [stub] = wireInstances.parse([
    {
      name: "web-0",
      status: "Error",
      status_code: 112,
      location: "m3",
      type: "",
      config: null,
      devices: null,
      state: null,
    },
  ]);
  expect(first(read(stub as WireInstance, 0))).toEqual({
    name: "web-0",
    state: "error",
    member: "m3",
    keys: {},
    nics: [],
    baseImage: undefined,
    addedDevices: [],
  });
});

test.each(["", "a\r\nX-Evil: 1", "wéb-0", "web 0", "a/b", "x".repeat(64)])(
  "an instance called %j is no listing",
  (name) => {
    expect(wireInstances.safeParse([{ ...wire(103), name }]).success).toBe(false);
  },
);

test("a listing in which a name is there twice is refused: the last one would win", () => {
  const { error } = wireInstances.safeParse([wire(103), wire(102)]);
  expect(error?.issues[0]?.message).toBe("two instances have the same name");
});

test.each([
  ["a list of names", ["/1.0/instances/web-0"]],
  ["an object", {}],
  ["nothing", null],
  ["an item without a status", [{ name: "web-0", type: "container" }]],
])("%s is no listing", (_, answer) => expect(wireInstances.safeParse(answer).success).toBe(false));
