import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { opensslMissing } from "../support/network/certificates.ts";
import { realParts, titled } from "../support/real/parts.ts";
import { type Restricted, restrictedTo } from "../support/real/restricted.ts";
import { openSite, type Site } from "../support/real/site.ts";
import { documentHas } from "../support/real/stage.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";

/** A deploy by https, as whom a certificate restricted to the project makes it. Incus's provider has no place for keys in its remotes. */

const { socket, binary, missing: noParts } = await realParts("lxd");
const terraform = await realTerraform();
const missing = noParts ?? terraform.missing ?? (await opensslMissing());
const provider = terraform.standIn ? "the stand-in provider" : "the provider";
const project = "rollcall-https-deploy";

describe.skipIf(missing !== undefined)(titled(`rollcall deploy by https, on real LXD by ${provider}`, missing), () => {
  let site: Site;
  let far: Restricted;
  const sources = (fingerprint = far.fingerprint) => {
    const { ca: _, ...keys } = far.endpoint.tls;
    return [{ name: "local", url: far.endpoint.urls[0], projects: [project], tls: { ...keys, fingerprint } }];
  };
  const configure = (fingerprint?: string) => {
    const config = parse(readFileSync(site.config, "utf8")) as object;
    writeFileSync(site.config, stringify({ ...config, sources: sources(fingerprint) }));
  };

  beforeAll(async () => {
    site = await openSite({ socket, project, binary }, terraform);
    far = await restrictedTo(socket, project);
    site.declare("web", 2, "instance: { image: web }\n");
  });
  afterAll(async () => {
    await far?.close();
    await site?.close();
  });

  test("a server with another certificate than the pinned one is sent nothing", { timeout: 120_000 }, async () => {
    configure("0".repeat(64));
    const { code, stderr } = await site.rollcall("deploy", "--yes", "--no-wait", "--no-drain");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/not the pinned 000000000000/)]);
    expect(await site.driver.list()).toEqual([]);
  });

  test("a restricted certificate makes the instances of its project, and the server serves them", {
    timeout: 180_000,
  }, async () => {
    configure();
    const server = await site.serve({ sources: sources() });
    const deployed = await site.rollcall("deploy", "--yes", "--no-wait", "--no-drain");
    expect(deployed, deployed.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("web: 2 to create") });
    await documentHas(server, 2);
    expect((await site.driver.list()).map(({ name }) => name)).toEqual(["web-0", "web-1"]);
    await site.takeUpAddresses();
    const planned = await site.terraform("plan", "-input=false", "-detailed-exitcode", "-no-color");
    expect(planned, planned.stdout).toMatchObject({ code: 0 });
  });
});
