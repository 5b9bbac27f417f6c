import { describe, expect, test } from "vitest";
import { createGuard, type Loss } from "../../../server/platform/guard.ts";
import { readListing, type Seen } from "../../../server/platform/listing.ts";
import { wireEvent } from "../../../server/platform/wire.ts";

const served = new Map([["default", new Set(["web-0", "web-1", "web-2", "web-3"])]]);

function gone(action: string, name: string, more: object = {}, project = "default") {
  const source = `/1.0/instances/${name}${project === "default" ? "" : `?project=${project}`}`;
  return wireEvent.parse({ type: "lifecycle", project, metadata: { action, source, ...more } });
}

describe("an instance that is served and missing from a listing", () => {
  function lost(...events: ReturnType<typeof gone>[]) {
    const guard = createGuard("50%");
    guard.watch(served);
    for (const event of events) guard.hear(event);
    return guard.lostFrom("default", new Set(["web-0", "web-2", "web-3"]), performance.now());
  }

  test("is lost silently if no event told of it, and a second look a second later confirms it", () => {
    expect(lost()).toEqual({ names: ["web-1"], held: new Set(), accepted: false });
  });

  test.each([
    ["deleted", gone("instance-deleted", "web-1"), []],
    ["renamed", gone("instance-renamed", "new", { context: { old_name: "web-1" } }), []],
    ["deleted in another project", gone("instance-deleted", "web-1", {}, "shop"), ["web-1"]],
    ["only a snapshot that was deleted", gone("instance-snapshot-deleted", "web-1/snapshots/a"), ["web-1"]],
    ["another instance that was deleted", gone("instance-deleted", "web-10"), ["web-1"]],
  ])("after an event about it: %s", (_, event, names) => expect(lost(event).names).toEqual(names));

  test.each([
    ["50%", ["web-0", "web-1"], []],
    ["50%", ["web-0"], ["web-1", "web-2", "web-3"]],
    ["25%", ["web-0", "web-1"], ["web-2", "web-3"]],
    ["100%", [], []],
    [3, ["web-0"], []],
    [2, ["web-0"], ["web-1", "web-2", "web-3"]],
    [0, ["web-0", "web-1", "web-2"], ["web-3"]],
  ])("under a guard of %s, a listing that still has %j holds %j", (share, listed, held) => {
    const guard = createGuard(share);
    guard.watch(served);
    expect([...guard.lostFrom("default", new Set(listed), 0).held]).toEqual(held);
    expect(guard.lostFrom("shop", new Set(), 0).names).toEqual([]);
  });

  test("stays held when those that were lost with it are gone, until it is listed again", () => {
    const guard = createGuard("50%");
    guard.watch(served);
    guard.lostFrom("default", new Set(["web-0"]), 0);
    const two = new Map([["default", new Set(["web-0", "web-1"])]]);
    guard.watch(two);
    expect([...guard.lostFrom("default", new Set(["web-0"]), 0).held]).toEqual(["web-1"]);
    guard.lostFrom("default", new Set(["web-0", "web-1"]), 0);
    expect([...guard.lostFrom("default", new Set(["web-0"]), 0).held]).toEqual([]);
  });

  test("is believed in the first listing that is asked for after the operator accepted it", () => {
    const guard = createGuard("50%");
    guard.watch(served);
    const before = performance.now();
    guard.accept();
    const accepted = (start: number) => guard.lostFrom("default", new Set(), start).accepted;
    const after = performance.now();
    expect([accepted(before - 1), accepted(after), accepted(after + 1)]).toEqual([false, true, false]);
  });

  test("is lost again only silently, if it was made again after its deletion", () => {
    const guard = createGuard("50%");
    guard.watch(served);
    guard.hear(gone("instance-deleted", "web-1"));
    const all = served.get("default") ?? new Set();
    // A listing that was asked for before the event says nothing about it.
    guard.lostFrom("default", all, 0);
    expect(guard.lostFrom("default", new Set(), performance.now()).names).not.toContain("web-1");
    guard.lostFrom("default", all, performance.now());
    expect(guard.lostFrom("default", new Set(), performance.now()).names).toContain("web-1");
  });
});

describe("a lost instance", () => {
  const look = (now: number, before: Seen | undefined, lost: Partial<Loss>) =>
    readListing([], {
      family: "ipv4",
      subnet: undefined,
      networks: new Map(),
      before,
      lost: { names: ["web-1"], held: new Set(), accepted: false, ...lost },
      now,
    });
  const states = (lost: Partial<Loss>) => {
    const one = look(100, undefined, lost);
    const two = look(900, one, lost);
    const three = look(1100, two, lost);
    return [one, two, three].map(({ instances }) => instances.get("web-1")).map((it) => it && [it.state, it.agreed]);
  };

  test("is unlisted until looks have agreed for a second, and then it is gone", () => {
    expect(states({})).toEqual([["unlisted", undefined], ["unlisted", undefined], undefined]);
  });

  test("that is held stays unlisted, and says that looks agree", () => {
    expect(states({ held: new Set(["web-1"]) })).toEqual([
      ["unlisted", undefined],
      ["unlisted", undefined],
      ["unlisted", true],
    ]);
  });

  test("is gone at once where the operator accepts it", () => {
    expect(states({ held: new Set(["web-1"]), accepted: true })).toEqual([undefined, undefined, undefined]);
  });
});
