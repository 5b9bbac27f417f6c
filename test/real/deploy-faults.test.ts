import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { platforms } from "../../shared/platforms.ts";
import { realPartsOfEach, titled } from "../support/real/parts.ts";
import { openSite, type Site } from "../support/real/site.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import { until } from "../support/until.ts";

const each = await realPartsOfEach();
const terraform = await realTerraform();
const provider = terraform.standIn ? "the stand-in provider" : "the provider";
const project = "rollcall-faults";

for (const { platform, socket, binary, missing } of each)
  describe.skipIf((missing ?? terraform.missing) !== undefined)(
    titled(`a deploy that fails, on real ${platforms[platform].title} by ${provider}`, missing ?? terraform.missing),
    { timeout: 300_000 },
    () => {
      let site: Site;
      const deploy = ["deploy", "--yes", "--no-wait", "--no-drain"];
      const image = (name: string) => `instance: { image: ${name} }\n`;
      beforeAll(async () => {
        site = await openSite({ socket, project, binary, platform }, terraform);
        site.declare("web", 1, image("web"));
        expect(await site.rollcall(...deploy)).toMatchObject({ code: 0 });
      });
      afterAll(() => site?.close());

      test("names an image that does not exist, and leaves what is there", async () => {
        site.declare("new", 1, image("nobody-has-this"));
        const { code, stderr } = await site.rollcall(...deploy);
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(/new\.yaml:\d+:\d+: error: instance\.image: local has no image "nobody-has-this"/),
        ]);
        site.declare("new", 0, image("web"));
        expect(await site.rollcall(...deploy)).toMatchObject({ code: 0 });
        expect([...(await site.identities()).keys()]).toEqual(["web-0"]);
      });

      test("reports that the provider is not available, and where it was looked for", async () => {
        const named = { lxd: "terraform-lxd/lxd", incus: "lxc/incus" }[platform];
        const empty = join(site.path, "empty");
        mkdirSync(empty);
        writeFileSync(
          join(empty, "rc"),
          `provider_installation {\n  filesystem_mirror {\n    path = "${empty}"\n  }\n}\n`,
        );
        const { code, stderr } = await site.start([...deploy, "--config", another({ output: join(empty, "out") })], {
          TF_CLI_CONFIG_FILE: join(empty, "rc"),
        }).ended;
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(new RegExp(`init of stack local failed: .*${named}.*TF_CLI_CONFIG_FILE`)),
        ]);
      });

      test("reports that the daemon does not answer, and where it was looked for", async () => {
        const nobody = join(site.path, "nobody.socket");
        const { code, stderr } = await site.rollcall(...deploy, "--config", another({}, `unix://${nobody}`));
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(new RegExp(`web-0 failed: .*nobody\\.socket.*is ${platforms[platform].title} running`)),
        ]);
      });

      test("names the holder of the state's lock, and waits for it if so configured", async () => {
        site.declare("web", 2, image("web"));
        // This one asks whether to go on, and holds the lock until it is answered.
        expect(await site.rollcall("synth")).toMatchObject({ code: 0 });
        const other = spawn(terraform.binary, ["apply", "-no-color"], {
          cwd: site.directory,
          env: site.environment,
          stdio: ["pipe", "pipe", "ignore"],
        });
        const left = new Promise((done) => other.once("close", done));
        await new Promise<void>((asked) =>
          other.stdout.on("data", (chunk: Buffer) => /Enter a value/.test(chunk.toString()) && asked()),
        );
        const refused = await site.rollcall(...deploy);
        expect([refused.code, refused.stderr]).toEqual([
          1,
          expect.stringMatching(/another run holds the lock of the state: \S+@\S+ since .*--lock-timeout/),
        ]);
        const patient = site.start([...deploy, "--lock-timeout", "60s"]);
        setTimeout(() => other.stdin.end("no\n"), 3000);
        expect(await patient.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("+ web-1") });
        await left;
      });

      test("leaves a complete state after a Ctrl-C in the middle of an apply, and the next one continues", async () => {
        // More than terraform creates at once.
        site.declare("many", 16, image("web"));
        const deploying = site.start(deploy);
        // A Ctrl-C before the provider has begun would find nothing to stop, so wait until one runs.
        await until("one runs", async () =>
          (await site.driver.list()).some(({ name, status }) => name.startsWith("many") && status === "Running"),
        );
        deploying.signal("SIGINT");
        const { code, stderr } = await deploying.ended;
        expect([code, stderr]).toEqual([130, expect.stringContaining("stopping: terraform finishes what it is doing")]);
        const state = JSON.parse(readFileSync(join(site.path, "terraform/local.tfstate"), "utf8")) as {
          resources: { name: string }[];
        };
        expect(state.resources.map(({ name }) => name)).toEqual(expect.arrayContaining(["web-0", "web-1"]));
        expect(await site.rollcall(...deploy)).toMatchObject({ code: 0 });
        expect((await site.identities()).size).toBe(18);
        site.declare("many", 0, image("web"));
        expect(await site.rollcall(...deploy, "--force")).toMatchObject({ code: 0 });
        expect([...(await site.identities()).keys()].sort()).toEqual(["web-0", "web-1"]);
      });

      /** Another configuration next to the site's, over the same files and state. */
      function another(stacks: Record<string, unknown>, url = `unix://${socket}`): string {
        const file = join(site.path, "other.yaml");
        const sources = [{ name: "local", platform, url, projects: [project] }];
        writeFileSync(file, stringify({ sources, stacks }));
        return file;
      }
    },
  );
