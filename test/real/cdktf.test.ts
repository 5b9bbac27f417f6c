import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realParts, titled } from "../support/real/parts.ts";
import { execute, openSite, type Said, type Site } from "../support/real/site.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";

/** `cdktf deploy` and the way CI goes, which needs no CDKTF command line: the same files, the same state. */

const { socket, binary, missing: missingParts } = await realParts();
const terraform = await realTerraform();
const missing = missingParts ?? terraform.missing;
const provider = terraform.standIn ? "the stand-in provider" : "the provider";
const project = "rollcall-cdktf";
const root = resolve(import.meta.dirname, "../..");

describe.skipIf(missing !== undefined)(
  titled(`cdktf, on real LXD by ${provider}`, missing),
  { timeout: 300_000 },
  () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite({ socket, project, binary }, terraform);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what Terraform would take for code stays text.
      site.declare("web", 3, "instance: { image: web, config: { user.note: 'costs ${five}' } }\n");
      site.declare("api", 1, "instance: { image: web }\n");
    });
    afterAll(() => site?.close());

    /** Runs `npx cdktf` as a user does in the checkout; the configuration is that of ROLLCALL_CONFIG. */
    const cdktf = (...words: string[]): Promise<Said> => {
      const output = ["--output", join(site.path, "cdktf.out")];
      return execute(join(root, "node_modules/.bin/cdktf"), [...words, ...output], root, site.environment);
    };
    /** Without a registry the lock file can't be made for other platforms. */
    const unlocked = ["--auto-approve", "--skip-provider-lock"];

    test("deploy, diff and destroy work, and the way of CI finds nothing to change, and makes the same", async () => {
      const deployed = await cdktf("deploy", "local", ...unlocked, "--outputs-file", join(site.path, "outputs.json"));
      expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ code: 0 });
      await site.takeUpAddresses();
      const address = expect.stringMatching(/^10\./);
      const outputs = JSON.parse((await site.terraform("output", "-json")).stdout) as Outputs;
      expect(outputs).toMatchObject({
        "api-addresses": { value: { "api-0": address } },
        "web-addresses": {
          value: { "web-0": address, "web-1": address, "web-2": address },
        },
      });
      const byCdktf = await stateOf(site);

      expect(await cdktf("diff", "local", "--skip-provider-lock")).toMatchObject({ code: 0 });
      expect(await plan()).toMatchObject({ code: 0 });
      expect(await cdktf("destroy", "local", ...unlocked)).toMatchObject({ code: 0 });
      expect(await site.driver.list()).toEqual([]);

      expect(await plan()).toMatchObject({ code: 2 });
      const shown = JSON.parse((await site.terraform("show", "-json", "plan")).stdout) as {
        resource_changes: unknown[];
      };
      expect(shown.resource_changes).toHaveLength(4);
      expect(await site.terraform("apply", "-input=false", "plan")).toMatchObject({ code: 0 });
      await site.takeUpAddresses();
      expect(await stateOf(site)).toEqual(byCdktf);
      expect(await plan()).toMatchObject({ code: 0 });
    });

    /** Synthesises without the command line, and plans. */
    async function plan(): Promise<Said> {
      expect(await site.rollcall("synth")).toMatchObject({ code: 0 });
      expect(await site.terraform("init", "-input=false")).toMatchObject({ code: 0 });
      return await site.terraform("plan", "-input=false", "-detailed-exitcode", "-out=plan");
    }
  },
);

type Outputs = Readonly<Record<string, { readonly value: Readonly<Record<string, string>> }>>;

/** The state of every instance, without what differs at each creation. */
async function stateOf(site: Site): Promise<unknown> {
  const { stdout } = await site.terraform("show", "-json");
  const { values } = JSON.parse(stdout) as {
    values: { root_module: { resources: { values: Record<string, unknown>; sensitive_values?: unknown }[] } };
  };
  return values.root_module.resources.map((resource) => {
    const { ipv4_address: _4, ipv6_address: _6, mac_address: _mac, interfaces: _all, ...rest } = resource.values;
    // What is marked as sensitive mirrors the addresses, of which one may come a second later.
    const { sensitive_values: _marks, ...about } = resource;
    return { ...about, values: rest };
  });
}
