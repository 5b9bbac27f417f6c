import { describe, expect, test } from "vitest";
import { againstSource } from "../../../cli/pipeline/against-source.ts";
import { type Change, halfMade } from "../../../cli/pipeline/changes.ts";
import type { Inventory } from "../../../server/platform/inventory.ts";
import type { WireInstance } from "../../../server/platform/wire.ts";
import { specHashes } from "../../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import type { PlatformName } from "../../../shared/platforms.ts";
import { rolloutSchema } from "../../../shared/rollout.ts";
import { made, spec } from "../../stacks/fleets.ts";

const web = made("web", 2);
const bridge = { type: "nic", network: "lxdbr0" };
const root = { type: "disk", path: "/", pool: "default" };

function inventory(instances: readonly WireInstance[] = [], rest: Partial<Inventory> = {}): Inventory {
  return {
    instances: new Map(instances.map((one) => [one.name, one])),
    images: [
      { fingerprint: "a1b2", type: "container", aliases: [{ name: "web" }] },
      { fingerprint: "c3d4", type: "container", aliases: null },
    ],
    profiles: new Map([["default", { eth0: bridge, root }]]),
    networks: new Set(["lxdbr0"]),
    pools: new Set(["default"]),
    ...rest,
  };
}

/** The instance of a replica as a deploy makes it. */
function madeFrom(group: DeclaredGroup, index: number, rest: Partial<WireInstance> = {}): WireInstance {
  const config = {
    "user.rollcall.group": group.name,
    "user.rollcall.replica": String(index),
    "user.rollcall.spec": specHashes(group)(index) ?? "",
    "volatile.base_image": "a1b2",
  };
  const name = `${group.name}-${index}`;
  return { name, status_code: 103, type: "container", ...rest, config: { ...config, ...rest.config } };
}

const change = (name: string, action: Change["action"], ...why: string[]): Change => ({
  name,
  group: "web",
  action,
  why,
});
const compare = (
  changes: readonly Change[],
  found: Inventory | undefined,
  group = web,
  platform: PlatformName = "lxd",
) => againstSource({ name: "local", platform }, changes, [group], new Map([[group.project, found]]));

describe("an instance that exists as its file declares it is adopted", () => {
  const id = "local:default/web-1,image=web";
  const address = "lxd_instance.web-1";

  test("instead of created, as after an apply that was killed", () => {
    const { changes, adoptions, hindrances } = compare([change("web-1", "create")], inventory([madeFrom(web, 1)]));
    expect(changes).toEqual([change("web-1", "adopt", "exists as declared")]);
    expect(adoptions).toEqual([{ address, id, isInState: false, change: changes[0] }]);
    expect(hindrances).toEqual([]);
  });

  test("instead of replaced because a failed apply left it half made", () => {
    const { changes, adoptions } = compare([change("web-1", "replace", halfMade)], inventory([madeFrom(web, 1)]));
    expect(changes).toEqual([change("web-1", "adopt", halfMade)]);
    expect(adoptions).toEqual([{ address, id, isInState: true, change: changes[0] }]);
  });

  test("also if the state has it, where the provider does not find it: it is removed from there first", () => {
    const vanished = { ...change("web-1", "create"), vanished: true } as const;
    expect(compare([vanished], inventory([madeFrom(web, 1)])).adoptions).toMatchObject([
      { address, id, isInState: true },
    ]);
  });

  test("also if the file has changed since, but not its image: the rest changes in place", () => {
    const before = made("web", 2, { instance: spec({ config: { "limits.cpu": "1" } }) });
    expect(compare([change("web-1", "create")], inventory([madeFrom(before, 1)])).changes[0]?.action).toBe("adopt");
  });

  test("but not one of another group, of another image, or without tags: it is in the way, and named", () => {
    const v2 = made("web", 2, { instance: spec({ image: "c3d4" }) });
    const untagged: WireInstance = { name: "web-1", status_code: 103, type: "container", config: {} };
    for (const found of [madeFrom(web, 1, { config: { "user.rollcall.group": "api" } }), untagged]) {
      const { changes, adoptions, hindrances } = compare([change("web-1", "create")], inventory([found]));
      expect([changes[0]?.action, adoptions]).toEqual(["create", []]);
      expect(hindrances).toEqual([
        "web-1 exists already, and not as web declares it. To make it anew: `lxc delete --force web-1`",
      ]);
    }
    expect(compare([change("web-1", "create")], inventory([madeFrom(web, 1)]), v2).adoptions).toEqual([]);
    const halfReplaced = compare([change("web-1", "replace", halfMade)], inventory([madeFrom(web, 1)]), v2);
    expect([halfReplaced.changes[0]?.action, halfReplaced.hindrances]).toEqual(["replace", []]);
  });
});

describe("what would make the apply fail", () => {
  const lacks = (group: DeclaredGroup, changes: readonly Change[], found?: Inventory) =>
    compare(changes, found, group).missing.map(({ path, message }) => `${path.join(".")}: ${message}`);

  test("is an image that the source does not have, once for all that need it", () => {
    const group = made("web", 2, { instance: spec({ image: "nope" }), project: "shop" });
    const changes = [change("web-0", "replace"), change("web-1", "create")];
    expect(lacks(group, changes, inventory())).toEqual([
      'instance.image: local has no image "nope": `lxc image list --project shop` shows them',
    ]);
    const rolling = made("web", 2, { rollout: rolloutSchema.parse({ image: "nope", partition: 1 }) });
    expect(lacks(rolling, changes, inventory())).toEqual([
      'rollout.image: local has no image "nope": `lxc image list` shows them',
    ]);
  });

  test("is not an image by its fingerprint, by its source's name or of another remote, nor that of an instance that stays", () => {
    for (const image of ["c3d", "local:web", "images:debian/12"])
      expect(lacks(made("web", 1, { instance: spec({ image }) }), [change("web-0", "create")], inventory())).toEqual(
        [],
      );
    const gone = made("web", 1, { instance: spec({ image: "gone" }) });
    expect(lacks(gone, [], inventory())).toEqual([]);
    expect(lacks(gone, [change("web-0", "update")], inventory())).toEqual([]);
  });

  test("is an image of another type than the instance", () => {
    const machine = made("web", 1, { instance: spec({ type: "virtual-machine" }) });
    expect(lacks(machine, [change("web-0", "create")], inventory())).toEqual([
      "instance.image: web is an image of a container, and instance.type is virtual-machine",
    ]);
  });

  test("is a profile, a network, a storage pool or a project that is not there", () => {
    const devices = { eth1: { type: "nic", network: "lan" }, data: { type: "disk", path: "/data", pool: "ssd" } };
    const group = made("web", 1, { instance: spec({ profiles: ["default", "big"], devices }) });
    for (const action of ["create", "update"] as const)
      expect(lacks(group, [change("web-0", action)], inventory())).toEqual([
        'instance.profiles.1: local has no profile "big": `lxc profile list` shows them',
        'instance.devices.eth1.network: local has no network "lan": `lxc network list` shows them',
        'instance.devices.data.pool: local has no storage pool "ssd": `lxc storage list` shows them',
      ]);
    expect(lacks(group, [change("web-0", "create")])).toEqual([
      "project: local has no project default: `lxc project list` shows them",
    ]);
  });

  test("is no storage pool where the daemon doesn't show them", () => {
    const devices = { root, data: { type: "disk", path: "/data", pool: "ssd" } };
    const group = made("web", 1, { instance: spec({ devices }) });
    expect(lacks(group, [change("web-0", "create")], inventory([], { pools: undefined }))).toEqual([]);
  });

  test("is an instance without a root disk", () => {
    const bare = inventory([], { profiles: new Map([["default", { eth0: bridge }]]) });
    expect(lacks(made("web", 1), [change("web-0", "create")], bare)).toEqual([
      'instance.profiles: give it a root disk: neither a profile nor instance.devices has a disk with path "/"',
    ]);
    const own = made("web", 1, { instance: spec({ profiles: [], devices: { root } }) });
    expect(lacks(own, [change("web-0", "create")], bare)).toEqual([]);
  });

  test("is an instance that would be moved and may not be stopped", () => {
    const web = made("web", 2);
    const moved: Change = { ...change("web-1", "update"), why: ["target: m1 -> m2"], moves: "refused" };
    expect(compare([moved], inventory([madeFrom(web, 1)]), web).hindrances).toEqual([
      "web-1 would have to be stopped to move it (target: m1 -> m2): write instance.allowRestart: true, or the earlier instance.target",
    ]);
  });

  test("is a frozen instance that would be updated, with the command that thaws it", () => {
    const shop = made("web", 2, { project: "shop" });
    const frozen = inventory([madeFrom(shop, 1, { status_code: 110 })]);
    const hindrances = (action: Change["action"]) => compare([change("web-1", action)], frozen, shop).hindrances;
    expect(hindrances("update")).toEqual(["web-1 is frozen: `lxc start web-1 --project shop`"]);
    expect(hindrances("create")).toEqual(["web-1 is frozen: `lxc start web-1 --project shop`"]);
    expect([hindrances("replace"), hindrances("destroy")]).toEqual([[], []]);
  });
});

test("on Incus, an instance is adopted by its name there, and commands are those of its client", () => {
  const group = made("web", 1, { project: "shop" });
  const on = (action: Change["action"], found?: Inventory, declared = group) =>
    compare([change("web-0", action)], found, declared, "incus");
  expect(on("create", inventory([madeFrom(group, 0)])).adoptions).toMatchObject([
    { address: "incus_instance.web-0", id: "local:shop/web-0,image=web" },
  ]);
  const untagged: WireInstance = { name: "web-0", status_code: 103, type: "container", config: {} };
  expect(on("create", inventory([untagged])).hindrances).toEqual([
    "web-0 exists already, and not as web declares it. To make it anew: `incus delete --force web-0 --project shop`",
  ]);
  const frozen = inventory([madeFrom(group, 0, { status_code: 110 })]);
  expect(on("update", frozen).hindrances).toEqual(["web-0 is frozen: `incus start web-0 --project shop`"]);
  expect(on("create").missing.map(({ message }) => message)).toEqual([
    "local has no project shop: `incus project list` shows them",
  ]);
  const other = made("web", 1, { project: "shop", instance: spec({ image: "nope", profiles: ["default", "big"] }) });
  expect(on("create", inventory(), other).missing.map(({ message }) => message)).toEqual([
    'local has no image "nope": `incus image list --project shop` shows them',
    'local has no profile "big": `incus profile list --project shop` shows them',
  ]);
  const restart = { ...change("web-0", "update"), restart: ["user.user-data"] };
  const { remarks } = compare([restart], inventory([madeFrom(group, 0)]), group, "incus");
  expect(remarks).toEqual([
    "web-0: user.user-data: read when it starts, so restart it: `incus restart web-0 --project shop`",
  ]);
});

describe("what stays different after the apply", () => {
  const stamped = { type: "disk", "user.managed-by": "terraform-lxd-provider" };
  const remarks = (found: readonly WireInstance[], changes: readonly Change[] = [], group = web) =>
    compare(changes, inventory(found), group).remarks;

  test("is a device that the file no longer has, with the command that removes it", () => {
    const one = madeFrom(web, 0, { devices: { scratch: stamped, byHand: { type: "disk" } } });
    expect(remarks([one, madeFrom(web, 1)])).toEqual([
      "web-0: the device scratch is no longer declared and stays on the instance; to remove it: `lxc config device remove web-0 scratch`",
    ]);
    const both = [one, madeFrom(web, 1, { devices: { scratch: stamped } })];
    expect(remarks(both)).toEqual([
      "web-0, web-1: the device scratch is no longer declared and stays on the instance; to remove it: `for name in web-0 web-1; do lxc config device remove $name scratch; done`",
    ]);
    expect(remarks([one], [change("web-0", "replace")])).toEqual([]);
    const declared = made("web", 2, { instance: spec({ devices: { scratch: { type: "disk" } } }) });
    expect(remarks(both, [], declared)).toEqual([]);
  });

  test("is an instance whose image's alias leads to a newer image", () => {
    const old = [0, 1].map((index) => madeFrom(web, index, { config: { "volatile.base_image": "c3d4" } }));
    expect(remarks(old)).toEqual([
      "web-0, web-1: made from an older image than the one that web leads to now: `rollcall rollout web --refresh`",
    ]);
  });

  test("is what a running instance only reads when it starts", () => {
    const update = { ...change("web-0", "update", "config"), restart: ["cloud-init.user-data", "security.nesting"] };
    expect(remarks([madeFrom(web, 0)], [update])).toEqual([
      "web-0: cloud-init.user-data, security.nesting: read when it starts, so restart it: `lxc restart web-0`",
    ]);
  });
});
