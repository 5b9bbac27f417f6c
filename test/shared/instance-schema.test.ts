import { describe, expect, test } from "vitest";
import { instanceSpec, specHashes } from "../../shared/instance-spec.ts";
import { parseGroups } from "../../shared/parse-groups.ts";
import { lines, oneSource, problemsOf, reading } from "./literals.ts";

const web = (instance: string, replicas = 3) =>
  `name: web\nreplicas: ${replicas}\nservice: { port: 80 }\ninstance:\n  image: web\n${instance}`;
const nic = (more: string) => web(`  devices: { eth0: { type: nic, network: lxdbr0, ${more} } }\n`);

describe("what only one instance can have", () => {
  test("is an error for several replicas: an address, a MAC, a port of the host", () => {
    const devices = `  devices:
    eth0: { type: nic, network: lxdbr0, ipv4.address: 10.77.0.50, hwaddr: "00:16:3e:00:00:01" }
    http: { type: proxy, listen: "tcp:0.0.0.0:80", connect: "tcp:127.0.0.1:80" }
`;
    const cure = "only one instance can have this; write a list with one for each of the 3 replicas";
    expect(problemsOf(web(devices))).toEqual([
      `web.yaml:7:55: error: instance.devices.eth0["ipv4.address"]: ${cure}`,
      `web.yaml:7:75: error: instance.devices.eth0.hwaddr: ${cure}`,
      `web.yaml:8:34: error: instance.devices.http.listen: ${cure}`,
    ]);
    expect(problemsOf(web(devices, 1))).toEqual([]);
  });

  test("may be in every instance if it is not the host's", () => {
    expect(problemsOf(nic("ipv4.address: none"))).toEqual([]);
    const inside =
      '  devices: { p: { type: proxy, bind: instance, listen: "tcp:127.0.0.1:80", connect: "tcp:10.0.0.1:80" } }\n';
    expect(problemsOf(web(inside))).toEqual([]);
  });

  test("is given to each replica by a list, which has no value twice and is long enough", () => {
    expect(problemsOf(nic("ipv4.address: [10.77.0.50, 10.77.0.51, 10.77.0.52]"))).toEqual([]);
    expect(problemsOf(nic("ipv4.address: [10.77.0.50, 10.77.0.51]"))).toEqual([
      'web.yaml:6:64: error: instance.devices.eth0["ipv4.address"]: has 2 values for 3 replicas; add the others',
    ]);
    expect(problemsOf(nic("hwaddr: [a, b, a]"))).toEqual([
      "web.yaml:6:58: error: instance.devices.eth0.hwaddr: has a value twice, and only one instance can have it",
    ]);
  });

  test("is needed by the replicas that a rollout adds too", () => {
    const rolling = "rollout: { image: web-v2, surge: 1 }\n";
    expect(problemsOf(`${nic("ipv4.address: [a, b, c]")}${rolling}`)).toEqual([
      'web.yaml:6:64: error: instance.devices.eth0["ipv4.address"]: has 3 values for 4 replicas, 1 of them by rollout.maxSurge; add the others',
    ]);
    const single = web("  devices: { eth0: { type: nic, hwaddr: a } }\n", 1);
    expect(problemsOf(`${single}${rolling}`)).toEqual([
      "web.yaml:6:41: error: instance.devices.eth0.hwaddr: only one instance can have this; write a list with one for each of the 2 replicas, 1 of them by rollout.maxSurge",
    ]);
    expect(problemsOf(`${nic("ipv4.address: [a, b, c, d]")}${rolling}`)).toEqual([]);
  });

  test("is what a replica is made from, and its hash is its own", () => {
    const loaded = parseGroups(
      reading({ "web.yaml": nic("ipv4.address: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]") }),
      oneSource,
    );
    const group = loaded.ok ? loaded.groups[0] : undefined;
    if (!group) throw new Error(lines(loaded).join("\n"));
    expect(instanceSpec(group, 1)?.devices.eth0).toEqual({
      type: "nic",
      network: "lxdbr0",
      "ipv4.address": "10.0.0.2",
    });
    const hashes = [0, 1, 0].map(specHashes(group));
    expect([hashes[0] === hashes[2], hashes[0] === hashes[1]]).toEqual([true, false]);
  });
});

describe("what LXD sets, or does not have, is refused before any plan", () => {
  test.each([
    ["volatile.eth0.hwaddr: x", 'volatile.eth0.hwaddr"]: volatile.* is set by LXD; write hwaddr in the device eth0'],
    ["volatile.base_image: x", 'volatile.base_image"]: volatile.* is set by LXD; leave it out'],
    ["image.os: debian", 'image.os"]: image.* is set by LXD from the image; leave it out'],
  ])("config: %s", (config, problem) => {
    expect(problemsOf(web(`  config: { ${config} }\n`))).toEqual([`web.yaml:6:13: error: instance.config["${problem}`]);
  });

  test("a device of a type that LXD does not have", () => {
    expect(problemsOf(web("  devices: { eth0: { type: nik } }\n"))).toEqual([
      'web.yaml:6:28: error: instance.devices.eth0.type: LXD has no device of this type; the types are disk, gpu, infiniband, nic, none, pci, proxy, tpm, unix-block, unix-char, unix-hotplug, usb, did you mean "nic"?',
    ]);
  });
});

test("a time without a unit is answered with the form to write, quoted or not", () => {
  for (const written of ["90", '"90"'])
    expect(
      problemsOf(`name: web\nreplicas: 1\nservice: { port: 80 }\nrollout: { progressDeadline: ${written} }\n`),
    ).toEqual(['web.yaml:4:30: error: rollout.progressDeadline: a time is text such as "250ms", "60s" or "5m"']);
});
