import { describe, expect, test } from "vitest";
import { changesOf, type PlanJson } from "../../../cli/pipeline/changes.ts";

type ResourceChange = NonNullable<PlanJson["resource_changes"]>[number];

/** What terraform 1.11 says of an instance, without the attributes that are the same in all of these. */
const attributes = {
  config: {
    "user.rollcall.group": "web",
    "user.rollcall.replica": "0",
    "user.rollcall.spec": "b8c5609b95122992",
    "user.secret": "hunter2",
  },
  device: [],
  image: "web",
  ipv4_address: "10.77.0.10",
  interfaces: { eth0: { name: "eth0", state: "up" } },
  name: "web-0",
  profiles: ["default"],
  running: true,
  type: "container",
};
const { ipv4_address, interfaces, ...planned } = attributes;

function resource(change: ResourceChange["change"], rest: Partial<ResourceChange> = {}): PlanJson {
  return {
    resource_changes: [{ address: "lxd_instance.web-0", type: "lxd_instance", name: "web-0", change, ...rest }],
  };
}

const create = resource({ actions: ["create"], before: null, after: planned });
const destroy = resource(
  { actions: ["delete"], before: attributes, after: null },
  { action_reason: "delete_because_no_resource_config" },
);
const replacement = (actions: string[]) =>
  resource(
    {
      actions,
      before: attributes,
      after: { ...planned, image: "web-v2", config: { ...planned.config, "user.secret": "hunter3" } },
      replace_paths: [["image"]],
    },
    { action_reason: "replace_because_cannot_update" },
  );

describe("what is reported of a plan", () => {
  test("that a running instance would be stopped and moved, or that this may not be; not that it is there already", () => {
    const moves = (before: object, after: object) =>
      changesOf(
        resource({ actions: ["update"], before: { ...attributes, ...before }, after: { ...planned, ...after } }),
      )[0]?.moves;
    const [from, to] = [{ target: "m1", location: "m1" }, { target: "m2" }];
    expect(moves(from, { ...to, allow_restart: true })).toBe("stopped");
    expect(moves(from, to)).toBe("refused");
    expect(moves({ ...from, running: false }, to)).toBeUndefined();
    expect(moves({ target: null, location: "m2" }, to)).toBeUndefined();
    expect(moves(from, { target: null })).toBeUndefined();
    expect(moves(from, { target: "m1", description: "x" })).toBeUndefined();
  });

  test("an instance that is created, with its group", () => {
    expect(changesOf(create)).toEqual([{ name: "web-0", group: "web", action: "create", why: [] }]);
  });

  test("an instance that is destroyed, with the group that its tag names", () => {
    expect(changesOf(destroy)).toEqual([{ name: "web-0", group: "web", action: "destroy", why: [] }]);
  });

  test("an update, with the names of what differs, and nothing of what is only known after it", () => {
    const after = { ...planned, profiles: ["default", "web"], running: false };
    expect(changesOf(resource({ actions: ["update"], before: attributes, after }))).toEqual([
      { name: "web-0", group: "web", action: "update", why: ["profiles", "running: true -> false"] },
    ]);
  });

  test.each([[["delete", "create"]], [["create", "delete"]]])("a replacement by %j, with what forces it", (actions) => {
    expect(changesOf(replacement(actions))).toEqual([
      { name: "web-0", group: "web", action: "replace", why: ["image: web -> web-v2"] },
    ]);
  });

  test("what forces a replacement once, though several places of it do", () => {
    const replace_paths = [["config", "a"], ["config", "b"], ["type"]];
    const after = { ...planned, type: "virtual-machine" };
    const change = { actions: ["delete", "create"], before: attributes, after, replace_paths };
    expect(changesOf(resource(change))[0]?.why).toEqual(["config", "type: container -> virtual-machine"]);
  });

  test("that an instance is replaced since it is tainted, which no attribute shows", () => {
    const change = { actions: ["delete", "create"], before: attributes, after: planned };
    expect(changesOf(resource(change, { action_reason: "replace_because_tainted" }))).toEqual([
      { name: "web-0", group: "web", action: "replace", why: ["left half made by a failed apply"] },
    ]);
  });

  test("that a replacement was requested", () => {
    const change = { actions: ["delete", "create"], before: attributes, after: planned };
    expect(changesOf(resource(change, { action_reason: "replace_by_request" }))[0]).toMatchObject({
      action: "replace",
      why: ["as requested"],
    });
  });

  test("the config keys that a running instance only reads when it starts, and no value", () => {
    const config = {
      ...planned.config,
      "cloud-init.user-data": "hunter4",
      "security.nesting": "true",
      "security.protection.delete": "true",
      "limits.cpu": "2",
    };
    const change = { actions: ["update"], before: attributes, after: { ...planned, config } };
    expect(changesOf(resource(change))[0]?.restart).toEqual(["cloud-init.user-data", "security.nesting"]);
    const stopped = { ...change, before: { ...attributes, running: false } };
    expect(changesOf(resource(stopped))[0]).not.toHaveProperty("restart");
  });

  test("nothing of what is left, read or forgotten, and nothing of no plan", () => {
    for (const action of ["no-op", "read", "forget"])
      expect(changesOf(resource({ actions: [action], before: attributes, after: attributes }))).toEqual([]);
    expect(changesOf({})).toEqual([]);
  });

  test("an instance without a tag, of no group", () => {
    const untagged = { ...planned, config: null };
    expect(changesOf(resource({ actions: ["create"], before: null, after: untagged }))[0]?.group).toBeUndefined();
  });

  test("an instance whose creation was interrupted: its group is found by the tag of what was found of it", () => {
    const change = { actions: ["delete"], before: { ...attributes, config: null }, after: null };
    const drift = { address: "lxd_instance.web-0", change: { actions: ["update"], before: null, after: attributes } };
    expect(changesOf({ ...resource(change), resource_drift: [drift] })[0]).toMatchObject({ group: "web" });
  });

  test("an instance that the state has and its provider does not find, as vanished", () => {
    const lost = { actions: ["delete"], before: attributes, after: null };
    const drift = { address: "lxd_instance.web-0", change: lost };
    expect(changesOf({ ...create, resource_drift: [drift] })[0]).toMatchObject({ action: "create", vanished: true });
    expect(changesOf(create)[0]).not.toHaveProperty("vanished");
  });

  test("everything in the order of the plan", () => {
    const both = [create, destroy].flatMap(({ resource_changes = [] }) => resource_changes);
    expect(changesOf({ resource_changes: both }).map(({ action }) => action)).toEqual(["create", "destroy"]);
  });
});

test("a value of config, which may be a secret, is never told", () => {
  const after = { ...planned, image: "web-v2", config: { ...planned.config, "user.secret": "hunter3" } };
  const added = { ...planned, config: { "user.secret": "hunter2" } };
  const plans = [
    create,
    destroy,
    replacement(["delete", "create"]),
    resource({ actions: ["update"], before: attributes, after }),
    resource({ actions: ["update"], before: { ...attributes, config: null }, after: added }),
    resource({ actions: ["delete", "create"], before: attributes, after, replace_paths: [["config", "user.secret"]] }),
  ];
  const told = plans.flatMap(changesOf);
  expect(told).toHaveLength(plans.length);
  expect(JSON.stringify(told)).not.toMatch(/hunter/);
  expect(told[3]?.why).toEqual(["config", "image: web -> web-v2"]);
});
