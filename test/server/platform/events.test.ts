import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { announcedStop, isWorthALook } from "../../../server/platform/events.ts";
import { type WireEvent, wireEvent } from "../../../server/platform/wire.ts";

const lifecycle = (action: string, project = "default"): WireEvent => ({
  type: "lifecycle",
  project,
  metadata: { action },
});

describe("an event is worth a look", () => {
  test.each([
    "started",
    "stopped",
    "shutdown",
    "restarted",
    "paused",
    "resumed",
    "deleted",
    "renamed",
    "updated",
    "ready",
    "never-seen",
  ])("when an instance is %s", (action) =>
    expect(isWorthALook(lifecycle(`instance-${action}`), ["default"])).toBe(true),
  );
  test.each(["network-updated", "profile-updated", "project-deleted", "cluster-member-evacuated"])(
    "when it is %s",
    (action) => {
      expect(isWorthALook(lifecycle(action, "other"), ["default"])).toBe(true);
    },
  );
  test.each(["instance-exec", "instance-file-pushed", "instance-snapshot-created", "image-created"])(
    "but not for %s",
    (action) => {
      expect(isWorthALook(lifecycle(action), ["default"])).toBe(false);
    },
  );
  test("but not for an instance of another project", () => {
    expect(isWorthALook(lifecycle("instance-started", "other"), ["default"])).toBe(false);
  });
});

test("of a recorded graceful stop the lifecycle event is worth a look, and the operation is followed", () => {
  const file = new URL("../../samples/ws-stop.ndjson", import.meta.url);
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(0, 5);
  const events = lines.map((line) => wireEvent.parse((JSON.parse(line) as { msg: unknown }).msg));
  expect(events.map((event) => isWorthALook(event, ["default"]))).toEqual([false, false, false, true, false]);
  const id = "417feebd-1da5-466c-8b8c-2e2e751716ac";
  expect(events.map((event) => announcedStop(event, ["default"]))).toEqual([
    undefined,
    { id, ended: false },
    { id, ended: false },
    undefined,
    { id, ended: true },
  ]);
  expect(announcedStop(events[1] as WireEvent, ["other"])).toBeUndefined();
});
