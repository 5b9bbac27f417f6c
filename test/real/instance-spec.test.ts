import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { platforms } from "../../shared/platforms.ts";
import { realDaemonOfEach, titled } from "../support/real/parts.ts";
import { openSite, type Site } from "../support/real/site.ts";
import { documentHas } from "../support/real/stage.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import { until } from "../support/until.ts";

/** What a group's file says of its instances, on a real daemon: deployed as users do, then looked at from outside and from within. */

interface Made {
  readonly description: string;
  readonly config: Readonly<Record<string, string>>;
  readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface Profile {
  readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const terraform = await realTerraform();
const provider = terraform.standIn ? "the stand-in provider" : "the provider";
const daemons = await realDaemonOfEach();

describe.each(daemons)("what an instance is made from", ({ platform, socket, missing: noDaemon }) => {
  const missing = noDaemon ?? terraform.missing;
  describe.skipIf(missing !== undefined)(titled(`on real ${platforms[platform].title} by ${provider}`, missing), () => {
    const project = "rollcall-spec";
    const name = `${platform}spec`;
    let site: Site;
    let network: string | undefined;
    let addresses: string[];
    let pool: string;
    beforeAll(async () => {
      site = await openSite({ socket, project, binary: "" }, terraform);
      const { devices } = (await site.driver.ask("GET", "/profiles/default")) as Profile;
      pool = devices.root?.pool ?? "";
      network = devices.eth0?.network;
      const { config } = (await site.driver.ask("GET", `/networks/${network ?? devices.eth0?.parent}`)) as Made;
      const subnet = /^(\d+\.\d+\.\d+)\./.exec(config["ipv4.address"] ?? "")?.[1] ?? "";
      addresses = [platform === "lxd" ? 231 : 241, platform === "lxd" ? 232 : 242].map((last) => `${subnet}.${last}`);
      mkdirSync(join(site.path, "groups/cloud-init"));
    });
    afterAll(() => site?.close());

    function declare(motd: string) {
      writeFileSync(join(site.path, "groups/cloud-init/user.yaml"), "#cloud-config\nfqdn: spec\n");
      const nic = network
        ? `eth0: { type: nic, network: ${network}, ipv4.address: ${addresses.join("-")} }`
        : "fixed: { type: none }";
      writeFileSync(
        join(site.path, `groups/${name}.yaml`),
        `name: ${name}
replicas: 2
project: ${project}
service: { port: 3000 }
rollout: { maxUnavailable: 2 }
instance:
  image: web
  description: made from everything
  limits: { cpu: 1 }
  config: { boot.autostart.priority: 7 }
  cloudInit: { userData: { file: cloud-init/user.yaml }, networkConfig: "version: 2" }
  devices:
    root: { type: disk, path: /, pool: ${pool}, size: 1GiB }
    ${nic}
  files:
    /srv/a/motd: { content: ${motd}, mode: "0600", createDirectories: true }
  execs:
    1-always: { command: [/bin/sh, -c, "cat /srv/a/motd >> /tmp/always"], environment: { A: b } }
    2-once: { command: [/bin/sh, -c, "echo $A >> /tmp/once"], trigger: once, environment: { A: b } }
  overrides: { lifecycle: { ignore_changes: [running] } }
`,
      );
    }
    const made = async (index: number) =>
      (await site.driver.ask("GET", `/instances/${name}-${index}?project=${project}`)) as Made;
    const deploy = () => site.rollcall("deploy", "--yes", "--no-wait");

    test("arrives: config, cloud-init, limits, root disk, description, files, commands and addresses", async () => {
      declare("hello");
      const { code, stderr } = await deploy();
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
      for (const index of [0, 1]) {
        const { description, config, devices } = await made(index);
        expect(description).toBe("made from everything");
        expect(config).toMatchObject({
          "limits.cpu": "1",
          "boot.autostart.priority": "7",
          "cloud-init.user-data": "#cloud-config\nfqdn: spec\n",
          "cloud-init.network-config": "version: 2",
        });
        expect(devices.root).toMatchObject({ pool, size: "1GiB", path: "/" });
        if (network) expect(devices.eth0?.["ipv4.address"]).toBe(addresses[index]);
        await site.inside(
          `${name}-${index}`,
          'test "$(cat /srv/a/motd)" = hello',
          'test "$(stat -c %a /srv/a/motd)" = 600',
          'test "$(cat /tmp/always)" = hello',
          'test "$(cat /tmp/once)" = b',
        );
      }
    }, 180_000);

    test("is served at the addresses of the file, as current", async () => {
      const server = await site.serveSite();
      const served = await documentHas(server, 2, name);
      if (network) expect(served).toEqual(addresses.map((address) => `http://${address}:3000`));
      const specs = async () => (await server.status()).groups[0]?.replicas.map(({ spec }) => spec);
      await until("it knows what they are made from", async () => (await specs())?.join() === "current,current");
    }, 60_000);

    test("changes in place: files are written again, commands run by their trigger, and no instance is another one", async () => {
      const before = await site.identities();
      declare("hallo");
      expect(await deploy()).toMatchObject({ code: 0, stdout: expect.stringContaining("2 to update") });
      expect(await site.identities()).toEqual(before);
      for (const index of [0, 1])
        await site.inside(
          `${name}-${index}`,
          'test "$(cat /srv/a/motd)" = hallo',
          "grep -q hallo /tmp/always",
          'test "$(cat /tmp/once)" = b',
        );
    }, 180_000);

    test("an override counts: a plan starts nothing that is stopped", async () => {
      await site.driver.stop(`${name}-1`, { force: true });
      const { code, stdout } = await site.terraform("plan", "-input=false", "-no-color");
      expect([code, stdout]).toEqual([0, expect.not.stringMatching(/will be|must be/)]);
    }, 120_000);
  });
});
