import { describe, expect, test } from "vitest";
import { createGuard } from "../../../server/platform/guard.ts";
import { readListing, type Seen } from "../../../server/platform/listing.ts";
import { wireEvent } from "../../../server/platform/wire.ts";

const served = new Map([["default", new Set(["web-0", "web-1", "web-2", "web-3"])]]);

function gone(action: string, name: string, more: object = {}, project = "default") {
  const source = `/1.0/instances/${name}${project === "default" ? "" : `?project=${project}`}`;
  return wireEvent.parse({ type: "lifecycle", project, metadata: { action, source, ...more } });
}

describe("an instance that is served and missing from a listing", () => {
  function lost(...events: ReturnType<typeof gone>[]) {
    const guard = createGuard();
    guard.watch(served);
    for (const event of events) guard.hear(event);
    return guard.lostFrom("default", new Set(["web-0", "web-2", "web-3"]), performance.now());
  }

  test("is lost silently if no event told of it, and a second look a second later confirms it", () => {
    expect(lost()).toEqual({ names: ["web-1"], confirmedAfter: 1000 });
  });

  test.each([
    ["deleted", gone("instance-deleted", "web-1"), []],
    ["renamed", gone("instance-renamed", "new", { context: { old_name: "web-1" } }), []],
    ["deleted in another project", gone("instance-deleted", "web-1", {}, "shop"), ["web-1"]],
    ["only a snapshot that was deleted", gone("instance-snapshot-deleted", "web-1/snapshots/a"), ["web-1"]],
    ["another instance that was deleted", gone("instance-deleted", "web-10"), ["web-1"]],
  ])("after an event about it: %s", (_, event, names) => expect(lost(event).names).toEqual(names));

  test("with more than half of the project's is believed after ten seconds: that may be another list than asked for", () => {
    const guard = createGuard();
    guard.watch(served);
    expect(guard.lostFrom("default", new Set(["web-0"]), 0)).toMatchObject({ confirmedAfter: 10_000 });
    expect(guard.lostFrom("default", new Set(["web-0", "web-1"]), 0)).toMatchObject({ confirmedAfter: 1000 });
    expect(guard.lostFrom("shop", new Set(), 0).names).toEqual([]);
  });

  test("is lost again only silently, if it was made again after its deletion", () => {
    const guard = createGuard();
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

test("a lost instance is unlisted until looks have agreed for as long as they have to, and then it is gone", () => {
  const look = (now: number, before?: Seen) =>
    readListing([], {
      family: "ipv4",
      subnet: undefined,
      networks: new Map(),
      before,
      lost: { names: ["web-1"], confirmedAfter: 1000 },
      now,
    });
  const one = look(100);
  const two = look(900, one);
  const three = look(1100, two);
  expect([one, two, three].map(({ instances }) => instances.get("web-1")?.state)).toEqual([
    "unlisted",
    "unlisted",
    undefined,
  ]);
});
