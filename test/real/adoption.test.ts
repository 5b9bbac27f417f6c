import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { groupFile } from "../cli/places.ts";
import { runHere } from "../support/cli/run-here.ts";
import { titled } from "../support/real/parts.ts";
import { execute } from "../support/real/site.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import { startRollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

/** What a deploy does about what it finds on the source, with the real terraform; the tests follow one another. */

const terraform = await realTerraform();
// The real provider works on the real LXD only.
const missing =
  terraform.missing ?? (terraform.standIn ? undefined : "the embedded daemon needs the stand-in provider");

describe.skipIf(missing !== undefined)(
  titled("a deploy by the stand-in provider, on the embedded daemon", missing),
  { timeout: 120_000 },
  () => {
    let lxd: EmbeddedDaemon;
    let driver: Driver;
    let place: string;
    let directory: string;
    let admin: string;
    const sources = () => [{ name: "local", url: `unix://${lxd.socket}` }];
    beforeAll(async () => {
      lxd = await createEmbeddedDaemon({ startDelay: 200 });
      driver = createDriver(lxd.socket);
      place = mkdtempSync(join(tmpdir(), "rollcall-adopt-"));
      directory = join(place, "cdktf.out/stacks/local");
      admin = `127.0.0.1:${await freePort()}`;
      await execute("mkdir", [join(place, "groups")], place, process.env);
      writeFileSync(join(place, "rollcall.yaml"), stringify({ admin: { listen: admin }, sources: sources() }));
      declare("web", 3);
    });
    afterAll(async () => {
      await driver?.close();
      await lxd?.close();
      if (place !== undefined) rmSync(place, { recursive: true, force: true });
    });

    const environment = terraform.environment as Record<string, string>;
    const rollcall = (...words: string[]) => runHere(place, words, environment);
    const deploy = (...words: string[]) => rollcall("deploy", "--yes", "--no-wait", "--no-drain", ...words);
    const run = (...words: string[]) => execute(terraform.binary, words, directory, environment);

    function declare(image: string, replicas: number, more = "") {
      writeFileSync(
        join(place, "groups/web.yaml"),
        groupFile("web", replicas, `instance:\n  image: ${image}\n${more}`),
      );
    }

    /** Starts an apply of what is in the stack's directory; a process group of its own, with the provider in it. */
    function apply(): { child: ChildProcess; ended: Promise<unknown> } {
      const words = ["apply", "-auto-approve", "-input=false", "-parallelism=1"];
      const child = spawn(terraform.binary, words, {
        cwd: directory,
        env: environment,
        stdio: "ignore",
        detached: true,
      });
      return { child, ended: new Promise((done) => child.once("close", done)) };
    }

    async function identities() {
      const instances = await driver.list();
      return Object.fromEntries(instances.map(({ name, config }) => [name, config?.["volatile.uuid"]]));
    }

    const running = async () => (await driver.list()).filter(({ status }) => status === "Running").length;

    test("after an apply that was killed, the same command keeps the instances that are there, and makes the others", async () => {
      expect(await rollcall("synth")).toMatchObject({ code: 0 });
      expect(await run("init", "-input=false")).toMatchObject({ code: 0 });
      const { child, ended } = apply();
      await until("two run", async () => (await running()) === 2, 60_000, 5);
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await ended;
      await run("state", "rm", "lxd_instance.web-0");
      const before = await identities();
      const { code, stdout, stderr } = await deploy();
      expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/^web: .*\d to adopt/)]);
      expect(stderr).toContain(": adopted\n");
      expect(await identities()).toMatchObject(before);
      expect(await running()).toBe(3);
      expect(await deploy()).toMatchObject({ code: 0, stdout: "nothing to change: 1 group as declared\n" });
    });

    test("an instance that was left half made is kept, without an untaint", async () => {
      declare("web", 4);
      expect(await rollcall("synth")).toMatchObject({ code: 0 });
      // Nothing gives this NIC an address.
      const waits = { resource: { lxd_instance: { "web-3": { wait_for: [{ type: "ipv4", nic: "eth9" }] } } } };
      writeFileSync(join(directory, "slow_override.tf.json"), JSON.stringify(waits));
      const { child, ended } = apply();
      await until("all run", async () => (await running()) === 4, 60_000, 5);
      child.kill("SIGINT");
      await ended;
      rmSync(join(directory, "slow_override.tf.json"));
      const before = await identities();
      expect(await deploy()).toMatchObject({
        code: 0,
        stdout: "web: 1 to adopt\n  = web-3  (left half made by a failed apply)\n",
      });
      expect(await identities()).toEqual(before);
      expect(await deploy()).toMatchObject({ code: 0, stdout: "nothing to change: 1 group as declared\n" });
    });

    test("an image that the source does not have is named with its place, and nothing is destroyed, not even with --force", async () => {
      const before = await identities();
      declare("nope", 4);
      const { code, stdout, stderr } = await deploy("--force");
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(
        /groups\/web\.yaml:5:10: error: instance\.image: local has no image "nope": `lxc image list` shows them\n/,
      );
      expect(await identities()).toEqual(before);
      declare("web", 4);
    });

    test("a frozen replica is named with the command that thaws it, and nothing is applied", async () => {
      await driver.freeze("web-1");
      const { code, stderr } = await deploy();
      expect([code, stderr]).toEqual([1, "refused: web-1 is frozen: `lxc start web-1`\n"]);
      await driver.unfreeze("web-1");
      expect(await deploy()).toMatchObject({ code: 0, stdout: "nothing to change: 1 group as declared\n" });
    });

    test("a device that is taken out of the file is named, with the command, until it is gone", async () => {
      const left =
        "web-0, web-1, web-2, web-3: the device scratch is no longer declared and stays on the instance; to remove it: `for name in web-0 web-1 web-2 web-3; do lxc config device remove $name scratch; done`\n";
      declare("web", 4, "  devices: { scratch: { type: disk, source: /tmp, path: /scratch } }\n");
      expect(await deploy()).toMatchObject({ code: 0, stdout: expect.stringContaining("web: 4 to update") });
      declare("web", 4);
      expect((await deploy()).stderr).toContain(left);
      expect(await deploy()).toEqual({ code: 0, stdout: "nothing to change: 1 group as declared\n", stderr: left });
    });

    test("config that is read at a start is named, with the command", async () => {
      declare("web", 4, "  config: { security.nesting: true, user.note: x }\n");
      expect((await deploy()).stderr).toContain("web-3: security.nesting: read when it starts, so restart it: ");
    });

    test("once its alias leads to a new image, --refresh replaces the replicas one at a time", async () => {
      declare("web", 3);
      expect(await deploy("--force")).toMatchObject({ code: 0 });
      const at = { path: place, declare: () => {}, clear: () => {} };
      const server = await startRollcall(at, lxd.socket, { admin: { listen: admin } });
      try {
        const { target } = (await driver.ask("GET", "/images/aliases/web-v2")) as { target: string };
        await driver.ask("PUT", "/images/aliases/web", { target });
        expect((await deploy()).stderr).toContain(
          "web-0, web-1, web-2: made from an older image than the one that web leads to now: `rollcall rollout web --refresh`",
        );
        const images = async () => (await server.status()).groups[0]?.replicas.map(({ image }) => image);
        await until("the server says so", async () => (await images())?.every((image) => image === "older"));
        const before = await identities();
        const { code, stdout, stderr } = await rollcall("rollout", "web", "--refresh", "--yes", "--grace", "1s");
        expect([code, stdout], stderr).toEqual([
          0,
          expect.stringMatching(/^web: web-2, web-1, web-0 have an older image\n/),
        ]);
        expect(stderr.match(/: replacing web-\d/g)).toEqual([
          ": replacing web-2",
          ": replacing web-1",
          ": replacing web-0",
        ]);
        const after = await identities();
        for (const name of Object.keys(before)) expect(after[name]).not.toBe(before[name]);
        expect(await images()).toEqual(["current", "current", "current"]);
        const again = await rollcall("rollout", "web", "--refresh", "--yes", "--grace", "1s");
        expect(again).toMatchObject({
          code: 0,
          stderr: expect.stringContaining("web: every replica is made from the image"),
        });
      } finally {
        await server.stop();
      }
    });
  },
);
