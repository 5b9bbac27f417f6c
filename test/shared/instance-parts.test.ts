import { describe, expect, test } from "vitest";
import { instanceSpec, specHashes } from "../../shared/instance-spec.ts";
import { targetOf } from "../../shared/instance-target.ts";
import { parseGroups } from "../../shared/parse-groups.ts";
import { lines, oneSource, problemsOf, reading } from "./literals.ts";

const web = (instance: string, replicas = 1) =>
  `name: web\nreplicas: ${replicas}\nservice: { port: 80 }\ninstance:\n  image: web\n  ${instance}\n`;

/** The group that a file declares. */
function groupOf(file: string) {
  const loaded = parseGroups(reading({ "web.yaml": file }), oneSource);
  const group = loaded.ok ? loaded.groups[0] : undefined;
  if (!group) throw new Error(lines(loaded).join("\n"));
  return group;
}
const hashOf = (instance: string) => specHashes(groupOf(web(instance)))(0);
const specOf = (instance: string) => instanceSpec(groupOf(web(instance)), 0);

describe("limits and cloud-init", () => {
  test("are config keys by another spelling, with the same hash", () => {
    expect(specOf("limits: { cpu: 2, memory: 1GiB }")?.config).toEqual({ "limits.cpu": "2", "limits.memory": "1GiB" });
    expect(hashOf("limits: { cpu: 2 }")).toBe(hashOf("config: { limits.cpu: 2 }"));
    expect(specOf('cloudInit: { userData: "#cloud-config", vendorData: v, networkConfig: n }')?.config).toEqual({
      "cloud-init.user-data": "#cloud-config",
      "cloud-init.vendor-data": "v",
      "cloud-init.network-config": "n",
    });
    expect(hashOf("cloudInit: { userData: x }")).toBe(hashOf("config: { cloud-init.user-data: x }"));
  });

  test("are written once", () => {
    const twice = (more: string) => problemsOf(web(more.replaceAll("; ", "\n  ")));
    expect(twice("limits: { cpu: 2 }; config: { limits.cpu: 1 }")).toEqual([
      "web.yaml:7:11: error: instance.config: limits.cpu is in instance.limits too: write it once",
    ]);
    expect(twice("cloudInit: { userData: a }; config: { user.user-data: b }")).toEqual([
      "web.yaml:7:11: error: instance.config: user.user-data is in instance.cloudInit.userData too: write it once",
    ]);
    expect(twice("cloudInit: { userData: a }; config: { cloud-init.vendor-data: b }")).toEqual([]);
    expect(problemsOf(web("limits: { limits.cpu: 1 }"))).toEqual([
      'web.yaml:6:13: error: instance.limits["limits.cpu"]: is written without limits. here',
    ]);
  });
});

describe("what an instance was made from stays the same when rollcall learns another key", () => {
  test.each([
    ["config: {}", "the defaults"],
    ["ephemeral: false", "what is the default on both platforms"],
    ["allowRestart: true", "whether the provider may stop it"],
    ["timeouts: { create: 10m }", "how long the provider may take"],
  ])("%s: %s", (written) => expect(hashOf(written)).toBe("0647b472edd63827"));

  test.each([
    "description: shop",
    "ephemeral: true",
    "target: m1",
    "files: { /etc/a: { content: x } }",
    "execs: { a: { command: [ls] } }",
    "overrides: { architecture: x86_64 }",
    "limits: { cpu: 1 }",
    "cloudInit: { userData: x }",
  ])("%s is seen", (written) => expect(hashOf(written)).not.toBe("0647b472edd63827"));

  test("a file's content and mode are seen", () => {
    const of = (rest: string) => hashOf(`files: { /etc/a: { ${rest} } }`);
    expect(new Set([of("content: x"), of("content: y"), of('content: x, mode: "0600"')]).size).toBe(3);
  });
});

describe("a range of addresses", () => {
  const nic = (address: string, replicas: number, key = "ipv4.address") =>
    web(`devices: { eth0: { type: nic, network: br0, ${key}: ${address} } }`, replicas);

  test("has one for each replica", () => {
    const group = groupOf(nic("10.0.0.254-10.0.1.3", 6));
    const all = [0, 1, 2, 5].map((index) => instanceSpec(group, index)?.devices.eth0?.["ipv4.address"]);
    expect(all).toEqual(["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.3"]);
    const six = groupOf(nic("fd00::a-fd00::10", 3, "ipv6.address"));
    const addresses = [0, 1, 2].map((index) => instanceSpec(six, index)?.devices.eth0?.["ipv6.address"]);
    expect(addresses).toEqual(["fd00::a", "fd00::b", "fd00::c"]);
    expect(new Set([0, 1, 2].map(specHashes(six))).size).toBe(3);
  });

  test("is the same as the list of its addresses", () => {
    const [range, list] = [groupOf(nic("10.0.0.1-10.0.0.2", 2)), groupOf(nic("[10.0.0.1, 10.0.0.2]", 2))];
    expect([0, 1].map(specHashes(range))).toEqual([0, 1].map(specHashes(list)));
  });

  test("has enough of them", () => {
    expect(problemsOf(nic("10.0.0.1-10.0.0.2", 3))).toEqual([
      'web.yaml:6:61: error: instance.devices.eth0["ipv4.address"]: has 2 values for 3 replicas; add the others',
    ]);
    expect(problemsOf(nic("10.0.0.9-10.0.0.2", 3))).toEqual([
      'web.yaml:6:61: error: instance.devices.eth0["ipv4.address"]: has 0 values for 3 replicas; add the others',
    ]);
  });

  test("that is none is the only value, which one instance can have", () => {
    for (const written of ["10.0.0.1-fd00::1", "fd00::1-fd01::2", "10.0.0.1-b", "a-b-c"])
      expect(problemsOf(nic(written, 2))[0]).toContain("only one instance can have this");
  });
});

describe("an address of two instances", () => {
  const files = (other: string, more = "") =>
    lines(
      parseGroups(
        reading({
          "a.yaml": web("devices: { eth0: { type: nic, network: br0, ipv4.address: 10.0.0.10-10.0.0.12 } }", 3),
          "b.yaml": web(`devices: { eth0: { type: nic, network: ${other} } }`).replace("name: web", `name: api${more}`),
        }),
        oneSource,
      ),
    );

  test("of the same network is an error, at the second", () => {
    expect(files("br0, ipv4.address: 10.0.0.12")).toEqual([
      'b.yaml:6:61: error: instance.devices.eth0["ipv4.address"]: 10.0.0.12 is given to an instance at a.yaml:6 too',
    ]);
  });

  test("of another network or project, or another address, is none", () => {
    expect(files("br1, ipv4.address: 10.0.0.12")).toEqual([]);
    expect(files("br0, ipv4.address: 10.0.0.12", "\nproject: staging")).toEqual([]);
    expect(files("br0, ipv4.address: 10.0.0.13")).toEqual([]);
    expect(files("br0, ipv4.address: auto")).toEqual([]);
  });
});

describe("a target that is spread", () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => `m${index + 1}`);
  const at = (spread: string[], index: number) => targetOf({ spread }, index);
  const indexes = Array.from({ length: 60 }, (_, index) => index);

  test("gives each replica a member, and each its own hash", () => {
    const group = groupOf(web("target: { spread: [m1, m2, m3] }", 6));
    expect(indexes.slice(0, 6).map((index) => instanceSpec(group, index)?.target)).toEqual([
      "m1",
      "m2",
      "m3",
      "m2",
      "m1",
      "m3",
    ]);
    expect(new Set([0, 1, 2].map(specHashes(group))).size).toBe(3);
    expect(specHashes(group)(0)).toBe(hashOf("target: m1"));
  });

  test.each([1, 2, 3, 4, 5, 7, 12])(
    "over %i members is never uneven by more than one, whatever is asked first",
    (count) => {
      const all = members(count);
      const [asked, again] = [indexes.map((index) => at(all, index)), members(count)];
      expect(
        [...indexes]
          .reverse()
          .map((index) => at(again, index))
          .reverse(),
      ).toEqual(asked);
      for (let replicas = 0; replicas <= indexes.length; replicas++) {
        const counts = all.map((member) => asked.slice(0, replicas).filter((one) => one === member).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    },
  );

  test.each([1, 2, 3])("over %i members moves only to a member that is added at the end", (count) => {
    const moved = indexes.filter((index) => at(members(count), index) !== at(members(count + 1), index));
    expect(moved).toHaveLength(60 / (count + 1));
    expect(new Set(moved.map((index) => at(members(count + 1), index)))).toEqual(new Set([`m${count + 1}`]));
  });

  test.each([
    ["spread: []", "target.spread: must hold 1 or more"],
    ["spread: [m1, m1]", "target.spread: names a member twice"],
    ['spread: ["@ssd"]', "target.spread[0]: is a member of the cluster"],
  ])("%s is none", (written, problem) => {
    expect(problemsOf(web(`target: { ${written} }`)).map((line) => line.replace(/^.*?error: instance\./, ""))).toEqual([
      problem,
    ]);
  });
});

describe("what is no part of an instance", () => {
  test.each([
    ["target: m 1", "target: is a member of the cluster, a group of members such as @ssd, or { spread: [m1, m2] }"],
    ["files: { etc/a: { content: x } }", 'files["etc/a"]: is an absolute path in the instance, such as /etc/app.conf'],
    ["files: { /a: { content: x, mode: 644 } }", 'files["/a"].mode: is octal text in quotes, such as "0644"'],
    ["execs: { a: { command: [] } }", "execs.a.command: must hold 1 or more"],
    ["overrides: { name: x }", "overrides.name: the replicas' names are rollcall's"],
    ["overrides: { config: {} }", "overrides.config: use instance.config; the tags are rollcall's"],
    ["overrides: { project: x }", "overrides.project: use project"],
    ["overrides: { provisioner: [] }", "overrides.provisioner: use instance.execs"],
    [
      "overrides: { a.b: 1 }",
      'overrides["a.b"]: is an attribute of the provider\'s instance resource, such as architecture',
    ],
  ])("%s", (written, problem) => {
    const [only, ...more] = problemsOf(web(written)).map((line) => line.replace(/^.*?error: instance\./, ""));
    expect([only, more]).toEqual([problem, []]);
  });
});
