import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isWorthALook } from "../../../server/platform/events.ts";
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

test("of a recorded graceful stop its beginning, its end and the lifecycle event are worth a look", () => {
  const file = new URL("../../samples/ws-stop.ndjson", import.meta.url);
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(0, 5);
  const events = lines.map((line) => wireEvent.parse((JSON.parse(line) as { msg: unknown }).msg));
  expect(events.map((event) => isWorthALook(event, ["default"]))).toEqual([false, true, false, true, true]);
  expect(events.map((event) => isWorthALook(event, ["other"]))).toEqual([false, false, false, false, false]);
});

test.each([
  ["a restart that failed", "default", "Restarting instance", 400, true],
  ["an evacuation, which is of no project", "", "Evacuating cluster member", 105, true],
  ["a snapshot", "default", "Snapshotting instance", 105, false],
  ["a command", "default", "Executing command", 200, false],
])("the operation of %s is worth a look or not", (_, project, description, status_code, expected) => {
  const event = wireEvent.parse({ type: "operation", project, metadata: { description, status_code } });
  expect(isWorthALook(event, ["default"])).toBe(expected);
});
