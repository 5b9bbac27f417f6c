import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { type PlatformName, platforms } from "../../shared/platforms.ts";
import { realDaemonOfEach, titled } from "../support/real/parts.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import { until } from "../support/until.ts";

/**
 * Which manners of the providers rollcall builds on: the stand-in provider has them, and where ROLLCALL_TF_MIRROR holds the
 * real ones, so have these. It is the same terraform and the same LXD and Incus either way.
 */

const daemons = await realDaemonOfEach();
const terraform = daemons.some(({ missing }) => missing === undefined) ? await realTerraform() : undefined;
const standIn = terraform?.standIn ?? true;
const provider = standIn ? "the stand-in provider" : "the real provider";
const sources = { lxd: "terraform-lxd/lxd@3.0.2", incus: "lxc/incus@1.1.1" };
const project = "standin";
/** No other project on the lab's bridge has instances of these names: LXD refuses a name twice in the DNS of one network. */
const [name, other] = ["standin-0", "standin-1"];

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** Both streams, as they came. */
  readonly output: string;
}

interface State {
  readonly values?: { readonly root_module?: { readonly resources?: StateResource[] } };
}

interface StateResource {
  readonly address: string;
  readonly tainted?: boolean;
  readonly values: {
    readonly ipv4_address: string | null;
    readonly status: string | null;
    readonly name: string;
    readonly image: string | null;
  };
}

interface Plan {
  readonly resource_changes: { readonly change: { readonly actions: string[] } }[];
}

for (const { platform, title: daemon, socket, missing: noDaemon } of daemons) {
  const missing = noDaemon ?? terraform?.missing;
  const title = `${provider} under terraform, on real ${daemon}`;
  describe.skipIf(missing !== undefined)(titled(title, missing), () => behaves(platform, socket));
}

function behaves(platform: PlatformName, socket: string): void {
  const { resource } = platforms[platform];
  const address = `${resource}.web`;
  let driver: Driver;
  let directory: string;
  beforeAll(async () => {
    driver = createDriver(socket, { project });
    await clear();
    await driver.createProject(project);
    directory = mkdtempSync(join(tmpdir(), "rollcall-terraform-"));
    declare({});
    expect((await run("init", "-input=false")).output).toContain("successfully initialized");
  });
  afterAll(async () => {
    if (driver === undefined) return;
    await clear();
    await driver.close();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  });

  /** The instance as every test of this file begins with it. */
  beforeEach(async () => {
    declare({});
    const { code, output } = await run("apply", "-auto-approve", "-input=false");
    expect(code, output).toBe(0);
  }, 300_000);

  test.runIf(standIn)("its schema is the committed one", async () => {
    const { stdout } = await run("providers", "schema", "-json");
    const committed = new URL(`../../stacks/providers/${platform}.json`, import.meta.url);
    const [served, facts] = [JSON.parse(stdout), JSON.parse(readFileSync(committed, "utf8"))].map(onlyProvider);
    expect(served).toEqual(facts);
  });

  test("a created instance runs and has its address in the state", async () => {
    const web = await stateOf();
    expect(web?.values.status).toBe("Running");
    expect(web?.values.ipv4_address).toBe(await driver.waitForAddress(name));
  });

  test("a second plan has nothing to do", async () => {
    const { code, output } = await run("plan", "-detailed-exitcode", "-input=false");
    expect(code, output).toBe(0);
  });

  test("a config key that was added from outside is removed", { timeout: 300_000 }, async () => {
    await driver.setConfig(name, { "user.foreign": "yes" });
    expect(await plannedActions()).toEqual(["update"]);
    await apply();
    expect((await instance()).config).not.toHaveProperty("user.foreign");
    expect((await instance()).config).toHaveProperty("user.role", "web");
    expect((await run("plan", "-detailed-exitcode")).code).toBe(0);
  });

  test("an instance that was stopped is started", { timeout: 300_000 }, async () => {
    await driver.stop(name, { force: true });
    expect(await plannedActions()).toEqual(["update"]);
    await apply();
    expect((await instance()).status).toBe("Running");
    expect((await stateOf())?.values.ipv4_address).toBe(await driver.waitForAddress(name));
  });

  test("an instance that was deleted is created", { timeout: 300_000 }, async () => {
    await driver.remove(name);
    expect(await plannedActions()).toEqual(["create"]);
    await apply();
    expect((await instance()).status).toBe("Running");
  });

  test("a change of config is in place, and makes the addresses unknown", { timeout: 300_000 }, async () => {
    const before = (await instance()).config["volatile.uuid"];
    declare({ config: { "user.role": "api" } });
    const { stdout } = await run("plan", "-input=false", "-no-color");
    expect(stdout).toMatch(/ipv4_address += "[\d.]+" -> \(known after apply\)/);
    expect(await plannedActions()).toEqual(["update"]);
    await apply();
    const { config } = await instance();
    expect(config["user.role"]).toBe("api");
    expect(config["volatile.uuid"]).toBe(before);
  });

  test("a change of image deletes and then creates", { timeout: 300_000 }, async () => {
    const before = (await instance()).config["volatile.uuid"];
    declare({ image: "web-v2" });
    expect(await plannedActions()).toEqual(["delete", "create"]);
    await apply();
    expect((await instance()).config["volatile.uuid"]).not.toBe(before);
  });

  test("an unknown image is an error that names the instance; on LXD not the image", { timeout: 300_000 }, async () => {
    declare({ name: other, image: "nope" });
    const { code, output } = await run("apply", "-replace", address, "-auto-approve", "-input=false", "-no-color");
    expect(code).toBe(1);
    expect(output).toContain(`Failed to retrieve image info for instance "${other}"`);
    expect(output).toContain(platform === "lxd" ? "Image not found" : 'Image "nope" not found');
    expect(await stateOf()).toBeUndefined();
  });

  test("no daemon is an error that names its socket", { timeout: 300_000 }, async () => {
    const nowhere = join(directory, "no.socket");
    declare({}, nowhere);
    const { code, output } = await run("plan", "-input=false", "-no-color");
    expect(code).toBe(1);
    expect(output.replace(/\s*\n[│\s]*/g, " ")).toContain(nowhere);
  });

  test("an interrupt during wait_for leaves a tainted resource, which a destroy removes", {
    timeout: 300_000,
  }, async () => {
    expect((await run("destroy", "-auto-approve", "-input=false")).code).toBe(0);
    declare({ wait_for: [{ type: "ipv4", nic: "eth9" }] });
    const applying = start("apply", "-auto-approve", "-input=false", "-no-color");
    await until(`${name} runs`, async () => (await driver.list()).some(({ status }) => status === "Running"), 60_000);
    applying.child.kill("SIGINT");
    const { code, output } = await applying.ended;
    expect(code, output).toBe(1);
    expect(output).toContain("Interrupt received");
    const web = await stateOf();
    expect(web?.tainted).toBe(true);
    expect(web?.values).toMatchObject(
      platform === "lxd" ? { name, project, image: null } : { name, project: null, image: null },
    );
    if (platform === "incus") await driver.remove(name);
    expect((await run("destroy", "-auto-approve", "-input=false")).code).toBe(0);
    expect(await driver.list()).toEqual([]);
  });

  const becomes = platform === "lxd" ? ["delete", "create"] : ["create"];
  test(`an instance that was left half made is ${becomes.map((action) => `${action}d`).join(" and ")} even if it is untainted, and kept if it is imported with its image`, {
    timeout: 300_000,
  }, async () => {
    expect((await run("destroy", "-auto-approve", "-input=false")).code).toBe(0);
    declare({ wait_for: [{ type: "ipv4", nic: "eth9" }] });
    const applying = start("apply", "-auto-approve", "-input=false", "-no-color");
    await until(`${name} runs`, async () => (await driver.list()).some(({ status }) => status === "Running"), 60_000);
    applying.child.kill("SIGINT");
    await applying.ended;
    const before = (await instance()).config["volatile.uuid"];
    declare({});
    expect((await run("untaint", address)).code).toBe(0);
    expect(await plannedActions()).toEqual(becomes);
    expect((await run("state", "rm", address)).code).toBe(0);
    const imported = await run("import", "-input=false", "-no-color", address, `local:${project}/${name},image=web`);
    expect(imported.code, imported.output).toBe(0);
    expect(["no-op", "update"]).toContain((await plannedActions())?.join());
    await apply();
    expect((await instance()).config["volatile.uuid"]).toBe(before);
    expect((await run("plan", "-detailed-exitcode", "-input=false")).code).toBe(0);
  });

  const stays = platform === "lxd" ? ["scratch"] : [];
  test(`a device that is removed from the configuration ${platform === "lxd" ? "stays on" : "leaves"} the instance, and a second plan has nothing to do`, {
    timeout: 300_000,
  }, async () => {
    declare({ device: [{ name: "scratch", type: "disk", properties: { source: "/tmp", path: "/scratch" } }] });
    await apply();
    declare({});
    expect(await plannedActions()).toEqual(["update"]);
    await apply();
    expect(Object.keys((await instance()).devices)).toEqual(stays);
    expect((await run("plan", "-detailed-exitcode", "-input=false")).code).toBe(0);
    await driver.remove(name);
  });

  test.each<[string, object, RegExp]>([
    [
      "the daemon's own keys of config",
      { config: { "volatile.eth0.hwaddr": "00:16:3e:00:00:01" } },
      /"volatile\." or "image\."/,
    ],
    ["types of devices that there are not", { device: [{ name: "x", type: "dsk", properties: {} }] }, /must be one of/],
  ])("%s are refused before anything is planned", { timeout: 300_000 }, async (_, different, words) => {
    declare({ ...different });
    const { code, output } = await run("plan", "-input=false", "-no-color");
    expect([code, output.replace(/\s*\n[│\s]*/g, " ")]).toEqual([1, expect.stringMatching(words)]);
  });

  /** Writes the configuration: the instance, but for what is given. */
  function declare(different: Record<string, unknown>, at = socket): void {
    const [source, version] = sources[platform].split("@");
    const web = {
      name,
      remote: "local",
      project,
      image: "web",
      config: { "user.role": "web" },
      wait_for: [{ type: "ipv4", nic: "eth0" }],
      ...different,
    };
    const main = {
      terraform: { required_providers: { [platform]: { source, version } } },
      provider: { [platform]: [{ default_remote: "local", remote: [{ name: "local", address: `unix://${at}` }] }] },
      resource: { [resource]: { web } },
    };
    writeFileSync(join(directory, "main.tf.json"), JSON.stringify(main, undefined, 2));
  }

  function start(...words: string[]): Run {
    const child = spawn(terraform?.binary ?? "", words, { cwd: directory, env: terraform?.environment });
    let [stdout, output] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout, output }));
    });
    return { child, ended };
  }

  const run = (...words: string[]) => start(...words).ended;

  async function apply(): Promise<void> {
    const { code, output } = await run("apply", "-auto-approve", "-input=false", "-no-color");
    expect(code, output).toBe(0);
  }

  async function plannedActions(): Promise<string[] | undefined> {
    const planned = await run("plan", "-out=plan.bin", "-input=false", "-no-color");
    expect(planned.code, planned.output).toBe(0);
    const plan = JSON.parse((await run("show", "-json", "plan.bin")).stdout) as Plan;
    expect(plan.resource_changes).toHaveLength(1);
    return plan.resource_changes[0]?.change.actions;
  }

  async function stateOf(): Promise<StateResource | undefined> {
    const state = JSON.parse((await run("show", "-json")).stdout) as State;
    return state.values?.root_module?.resources?.find((each) => each.address === address);
  }

  async function instance() {
    const [found] = await driver.list();
    if (found?.name !== name || found.config === null) throw new Error(`there is no ${name}`);
    return { status: found.status, config: found.config, devices: found.devices ?? {} };
  }

  async function clear(): Promise<void> {
    const projects = (await driver.ask("GET", "/projects")) as string[];
    if (!projects.includes(`/1.0/projects/${project}`)) return;
    await Promise.all((await driver.list()).map(({ name }) => driver.remove(name)));
    await driver.removeProject(project);
  }
}

/** The facts about the one provider, without prose, and without what has the value that it has when it is left out. */
function onlyProvider(content: { provider_schemas: Record<string, Record<string, unknown>> }): unknown {
  const [only] = Object.values(content.provider_schemas);
  return facts({ data_source_schemas: {}, resource_schemas: {}, ...only });
}

function facts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(facts);
  if (typeof value !== "object" || value === null) return value;
  const told = Object.entries(value).filter(
    ([key, each]) =>
      !(["description", "description_kind"].includes(key) && typeof each === "string") &&
      !(key === "version" && each === 0) &&
      each !== false,
  );
  return Object.fromEntries(told.map(([key, each]) => [key, facts(each)]));
}
