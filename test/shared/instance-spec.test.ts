import { describe, expect, test } from "vitest";
import { instanceSpec, specHashes } from "../../shared/instance-spec.ts";
import { rolloutSchema } from "../../shared/rollout.ts";
import { made, spec } from "../stacks/fleets.ts";

const rollout = (image: string, partition: number) => ({ rollout: rolloutSchema.parse({ image, partition }) });
function hashes(group: Parameters<typeof specHashes>[0], count = 4) {
  const hashOf = specHashes(group);
  return Array.from({ length: count }, (_, index) => hashOf(index));
}
const hashOf = (rest: Parameters<typeof spec>[0]) => hashes(made("web", 1, { instance: spec(rest) }))[0];

test("from the partition of a rollout on, a replica is made from the rollout's image, and else as the others are", () => {
  const instance = spec({ config: { "limits.cpu": "2" } });
  const group = made("web", 4, { instance, ...rollout("web-v2", 2) });
  expect([0, 1, 2, 3].map((index) => instanceSpec(group, index)?.image)).toEqual(["web", "web", "web-v2", "web-v2"]);
  expect(instanceSpec(group, 3)).toEqual({ ...instance, image: "web-v2" });
});

test("a policy without an image, or a group that says nothing of its instances, changes none", () => {
  const instance = spec();
  expect(instanceSpec({ instance, rollout: rolloutSchema.parse({ partition: 0 }) }, 1)).toEqual(instance);
  expect(instanceSpec({ ...rollout("web-v2", 0) }, 0)).toBeUndefined();
  expect(hashes({ ...rollout("web-v2", 0) })).toEqual(Array(4).fill(undefined));
});

describe("the hash of what a replica is made from", () => {
  test("is 16 hexadecimal digits, the same as ever: another one would call every instance outdated", () => {
    expect(hashOf({})).toBe("0647b472edd63827");
    const devices = { eth0: { type: "nic", parent: "lxdbr0" } };
    expect(hashOf({ config: { "limits.cpu": "2" }, devices, profiles: ["a", "b"] })).toBe("aa77d10d3dc31851");
  });

  test("is the same for all that are made from the same", () => {
    expect(new Set(hashes(made("web", 4))).size).toBe(1);
    const [one, two, three, four] = hashes(made("web", 4, rollout("web-v2", 2)));
    expect([one, three]).toEqual([two, four]);
    expect(one).not.toBe(three);
    expect(three).toBe(hashOf({ image: "web-v2" }));
  });

  test("does not see the order of keys, but that of profiles, which later ones override", () => {
    const [a, b] = [
      { "user.a": "1", "user.b": "2" },
      { "user.b": "2", "user.a": "1" },
    ];
    expect(hashOf({ config: a, devices: { a, b: a } })).toBe(hashOf({ config: b, devices: { b, a: b } }));
    expect(hashOf({ profiles: ["a", "b"] })).not.toBe(hashOf({ profiles: ["b", "a"] }));
  });

  test.each<[string, Parameters<typeof spec>[0]]>([
    ["its image", { image: "web-v2" }],
    ["its type", { type: "virtual-machine" }],
    ["its profiles", { profiles: [] }],
    ["its config", { config: { "user.a": "" } }],
    ["its devices", { devices: { eth0: { type: "none" } } }],
  ])("sees %s", (_, rest) => expect(hashOf(rest)).not.toBe(hashOf({})));

  test("does not see the group around it", () => {
    const [web, api] = [made("web", 1), made("api", 9, { project: "shop", gate: "strict", nic: "lan" })];
    expect(hashes(api)[0]).toBe(hashes(web)[0]);
  });
});
