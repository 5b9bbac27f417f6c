import { describe, expect, test } from "vitest";
import { type Operations, operationsOf } from "../../../server/platform/operations.ts";
import { wireOperations } from "../../../server/platform/wire.ts";

const web = { name: "web-0", location: "m1" };

/** One operation as LXD 5.0.2 lists it. */
function listed(description: string, more: object = {}, earlier?: Operations) {
  const resources = { containers: ["/1.0/containers/web-0"], instances: ["/1.0/instances/web-0"] };
  const operation = { class: "task", description, status: "Running", status_code: 103, location: "none", resources };
  const wire = { running: [{ id: "1", metadata: null, err: "", ...operation, ...more }] };
  return operationsOf(wireOperations.parse(wire), "lxd", earlier);
}

describe("an instance is leaving", () => {
  test.each([
    ["Stopping instance", "LXD is stopping it"],
    ["Restarting instance", "LXD is restarting it"],
    ["Deleting instance", "LXD is deleting it"],
    ["Freezing instance", "LXD is freezing it"],
    ["Migrating instance", "LXD is migrating it"],
    ["Restoring snapshot", "LXD is restoring a snapshot of it"],
  ])("during %j", (description, words) => expect(listed(description).leaving(web)).toBe(words));

  test("while its cluster member is evacuated: that operation names no instance", () => {
    const evacuation = listed("Evacuating cluster member", { resources: null, location: "m1" });
    expect(evacuation.leaving(web)).toBe("LXD is evacuating its cluster member");
    expect(evacuation.leaving({ ...web, location: "m2" })).toBeUndefined();
    expect(evacuation.leaving({ name: "web-0" })).toBeUndefined();
  });

  test.each([
    "Snapshotting instance",
    "Creating instance",
    "Backing up instance",
    "Updating instance",
    "Renaming instance",
    "Executing command",
    "Starting instance",
    "Unfreezing instance",
  ])("but not during %j", (description) => expect(listed(description).leaving(web)).toBeUndefined());

  test("but not while another server copies it, which LXD calls migrating too", () => {
    expect(listed("Migrating instance", { class: "websocket" }).leaving(web)).toBeUndefined();
  });

  test("by the name in a URL with a project, and never another instance than that", () => {
    const resources = { instances: ["/1.0/instances/web-0?project=shop"] };
    expect(listed("Stopping instance", { resources }).leaving(web)).toBeDefined();
    expect(listed("Stopping instance", { resources }).leaving({ name: "web-00" })).toBeUndefined();
    const snapshot = { instances: ["/1.0/instances/web-0/snapshots/a"] };
    expect(listed("Deleting instance", { resources: snapshot }).leaving(web)).toBeUndefined();
  });
});

describe("an operation may have frozen an instance", () => {
  test.each([
    ["Snapshotting instance", true],
    ["Creating instance", true],
    ["Something that a later LXD does", true],
    ["Freezing instance", false],
    ["Executing command", false],
    ["Showing console", false],
  ])("%j: %s", (description, expected) => {
    expect(listed(description).freezes("web-0")).toBe(expected);
    expect(listed(description, { status_code: 200 }).freezes("web-0")).toBe(false);
    expect(listed(description).freezes("web-1")).toBe(false);
  });
});

test("an operation that has ended counts where it went on after an earlier reading", () => {
  const ended = (id: string) => ({ id, status_code: 200 });
  const earlier = listed("Snapshotting instance", ended("1"));
  expect(listed("Snapshotting instance", ended("1"), earlier).freezes("web-0")).toBe(false);
  expect(listed("Snapshotting instance", ended("2"), earlier).freezes("web-0")).toBe(true);
});

test("a project without operations has an empty object, and nothing goes on", () => {
  expect(operationsOf(wireOperations.parse({}), "lxd").leaving(web)).toBeUndefined();
});
