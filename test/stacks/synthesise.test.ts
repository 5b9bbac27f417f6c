import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rolloutSchema } from "../../shared/rollout.ts";
import { local, made, spec, useWorkshop, type Written } from "./fleets.ts";

const { synth, stack, directory } = useWorkshop();

/** Two groups; one is in the middle of a rollout, and says all that can be said of an instance. */
const fleet = [
  made("api", 1),
  made("web", 3, {
    project: "shop",
    nic: "lan",
    instance: spec({
      profiles: ["default", "web"],
      config: { "limits.memory": "128MiB", "user.greeting": `\${hello}` },
      devices: {
        lan: { type: "nic", nictype: "bridged", parent: "lxdbr0", name: "eth1" },
        root: { type: "disk", path: "/" },
      },
    }),
    rollout: rolloutSchema.parse({ image: "web-v2", partition: 2 }),
  }),
];

test("a fleet is the stack of test/golden/stack.json, but for the version of CDKTF", () => {
  const { text } = stack(fleet);
  const golden = readFileSync(new URL("../golden/stack.json", import.meta.url), "utf8");
  expect(JSON.parse(text.replace(/,\n *"version": "0\.\d+\.\d+"/, ""))).toEqual(JSON.parse(golden));
});

test("on Incus it is the stack of test/golden/stack-incus.json, and else than LXD's only by the provider's name", () => {
  const { text } = stack(fleet, { sources: [{ ...local, platform: "incus" }] });
  const [lxd, incus] = ["stack", "stack-incus"].map((name) =>
    readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"),
  );
  const withoutVersion = text.replace(/,\n *"version": "0\.\d+\.\d+"/, "");
  expect(JSON.parse(withoutVersion)).toEqual(JSON.parse(incus ?? ""));
  const asLxd = withoutVersion
    .replaceAll("lxc/incus", "terraform-lxd/lxd")
    .replaceAll("1.1.1", "3.0.2")
    .replaceAll("incus", "lxd");
  expect(JSON.parse(asLxd)).toEqual(JSON.parse(lxd ?? ""));
});

test("a group that is spread has its part in the stack of each source, with the index and the hash of one group, and an output in each", () => {
  const sources = [local, { ...local, name: "far" }];
  const web = made("web", 5, { spread: ["local", "far"] });
  const [here, there] = synth([web], { sources });
  expect(Object.keys(here?.instances ?? {})).toEqual(["web-0", "web-2", "web-4"]);
  expect(Object.keys(there?.instances ?? {})).toEqual(["web-1", "web-3"]);
  expect(there?.instances["web-3"]).toMatchObject({ remote: "far", config: { "user.rollcall.replica": "3" } });
  expect(Object.keys(there?.json.output?.["web-addresses"]?.value ?? {})).toEqual(["web-1", "web-3"]);
  const [alone] = synth([made("web", 5)]);
  const hash = alone?.instances["web-0"]?.config["user.rollcall.spec"];
  expect(there?.instances["web-1"]?.config["user.rollcall.spec"]).toBe(hash);
});

describe("equal fleets are equal bytes", () => {
  test("in one place, one after another", () => {
    const at = directory();
    const first = stack(fleet, { at }).text;
    expect(stack(structuredClone(fleet), { at }).text).toBe(first);
  });

  test("in another place, with every other file that is written", () => {
    const [here, there] = [directory(), directory()];
    expect(stack(fleet, { at: here }).text).toBe(stack(fleet, { at: there }).text);
    const [written, ...others] = [here, there].map((at) =>
      readdirSync(join(at, "cdktf.out"), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => [
          parentPath.slice(at.length),
          name,
          readFileSync(join(parentPath, name), "utf8"),
        ]),
    );
    expect(others).toEqual([written]);
    expect(written).toHaveLength(2);
  });

  test("whatever was there before", () => {
    const at = directory();
    stack([made("web", 9), made("zoo", 1)], { at });
    expect(stack(fleet, { at }).text).toBe(stack(fleet).text);
  });
});

describe("a stack", () => {
  test("is made for each source, of the groups that live there", () => {
    const north = { ...local, name: "north" };
    const south = { ...local, name: "south" };
    const groups = [made("api", 1, { source: "south" }), made("web", 2, { source: "north" })];
    const stacks = synth(groups, { sources: [north, south] });
    const names = ({ instances }: Written) => Object.keys(instances);
    expect(stacks.map((one) => [one.name, names(one)])).toEqual([
      ["north", ["web-0", "web-1"]],
      ["south", ["api-0"]],
    ]);
    expect(stacks.map(({ json }) => json.terraform.backend.local?.path)).toEqual([
      "../../../terraform/north.tfstate",
      "../../../terraform/south.tfstate",
    ]);
    expect(stacks.map(({ instances }) => Object.values(instances)[0]?.remote)).toEqual(["north", "south"]);
  });

  test("of a source without groups has its provider and its state, and no resources: the last group can go", () => {
    const { json } = stack([]);
    expect([json.resource, json.output]).toEqual([undefined, undefined]);
    expect(json.provider.lxd).toEqual([
      { default_remote: "local", remote: [{ address: "unix:///lxd.socket", name: "local" }] },
    ]);
    expect(json.terraform.backend).toEqual({ local: { path: "../../../terraform/local.tfstate" } });
  });

  test("has nothing of a group with a selector, whose instances somebody else makes", () => {
    const { instances, json } = stack([made("api", 2, { selector: { prefix: "api-" } }), made("web", 1)]);
    expect(Object.keys(instances)).toEqual(["web-0"]);
    expect(Object.keys(json.output ?? {})).toEqual(["web-addresses"]);
  });

  test("has an empty map as the output of a group without replicas", () => {
    const { json } = stack([made("web", 0)]);
    expect([json.resource, json.output]).toEqual([undefined, { "web-addresses": { value: {} } }]);
  });

  test("names its resources, and the addresses that it puts out, by the replicas", () => {
    const { json, instances } = stack([made("web", 2)], { sources: [{ ...local, address: { family: "ipv6" } }] });
    expect(Object.keys(instances)).toEqual(["web-0", "web-1"]);
    expect(json.output?.["web-addresses"]?.value).toEqual({
      "web-0": `\${lxd_instance.web-0.ipv6_address}`,
      "web-1": `\${lxd_instance.web-1.ipv6_address}`,
    });
  });

  test("puts out the first address that there is, in the source's order of preference", () => {
    const { json } = stack([made("web", 1)], { sources: [{ ...local, address: { family: ["ipv6", "ipv4"] } }] });
    expect(json.output?.["web-addresses"]?.value).toEqual({
      "web-0": `\${try(coalesce(lxd_instance.web-0.ipv6_address, lxd_instance.web-0.ipv4_address), "")}`,
    });
  });

  test.each(["backend", "lxd", "constructor", "web-addresses", "local"])("has room for a group called %s", (name) => {
    expect(Object.keys(stack([made("web", 1), made(name, 1)]).instances)).toEqual([`${name}-0`, "web-0"].sort());
  });

  test("needs an image, and says whose", () => {
    expect(() => stack([made("web", 1, { instance: undefined })])).toThrow("web: instance.image is required");
    expect(() => stack([made("web", 1, { instance: spec({ image: undefined }) })])).toThrow("web: instance.image");
  });
});
