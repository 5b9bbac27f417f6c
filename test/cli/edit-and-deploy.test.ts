import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PlanJson } from "../../cli/pipeline/changes.ts";
import { takeLock } from "../../files/lock.ts";
import { privateDirectory } from "../../files/private-directory.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { until } from "../support/until.ts";
import { groupFile, usePlaces } from "./places.ts";
import { useSource } from "./source.ts";
import { planOf, stubTerraform } from "./terraform-stub.ts";

const { place, run, start } = usePlaces();
const source = useSource();

const text = `# Two of them.\n${groupFile("web", 2, "instance: { image: web } # v1\n")}`;
const creating = planOf(["create"], ["web-2", "web-3"]);

/** A place with a group `web` of two, no server, and a terraform that plans so. */
async function ground({ plan = creating, more = "" }: { plan?: PlanJson; more?: string } = {}) {
  const at = place({
    "groups/web.yaml": text,
    "rollcall.yaml": `admin: { listen: 127.0.0.1:${await freePort()} }\n`,
  });
  const { environment: found, runs } = stubTerraform(at, plan, more);
  const environment = { ...source(), ...found };
  return {
    at,
    runs,
    environment,
    verb: (words: readonly string[], typed?: string) => run(at, words, environment, typed),
    file: () => readFileSync(join(at, "groups/web.yaml"), "utf8"),
  };
}
const scaling = ["scale", "web=4", "--deploy", "--no-wait"];
const onlyAt = (verb: string, lines: string) => `if [ "$1" = ${verb} ]; then ${lines}; fi`;

describe("a group file is byte for byte as before", () => {
  test.each([
    ["after the answer no", "no\n"],
    ["after a terminal that ended before it answered", ""],
  ])("%s", async (_, typed) => {
    const { verb, file, runs } = await ground();
    const { code, stdout, stderr } = await verb(scaling, typed);
    expect([code, stdout]).toEqual([1, "web: 2 to create\n  + web-2\n  + web-3\n"]);
    expect(stderr).toMatch(/nothing was changed\n$/);
    expect([file(), runs()]).toEqual([text, ["init", "plan", "show"]]);
  });

  test.each([
    ["init", "init of stack local failed: broken"],
    ["plan", "plan of stack local failed: broken"],
    ["show", "plan of stack local failed: broken"],
    ["apply", "nothing was finished: the group files are as they were before\nrollcall: apply of stack local failed"],
  ])("after a failed %s", async (word, said) => {
    const { verb, file } = await ground({ more: onlyAt(word, "echo broken >&2; exit 1") });
    const { code, stderr } = await verb([...scaling, "--yes"]);
    expect([code, stderr, file()]).toEqual([1, expect.stringContaining(said), text]);
  });

  test("after a terminal that was closed while it planned: SIGHUP ends it as SIGTERM does", async () => {
    const { at, verb, file } = await ground({
      more: onlyAt("plan", 'trap "exit 1" INT; echo > planning; while :; do /bin/sleep 0.02; done'),
    });
    const ended = verb([...scaling, "--yes"]);
    await until("it plans", () => existsSync(join(at, "cdktf.out/stacks/local/planning")));
    process.emit("SIGHUP", "SIGHUP");
    expect(await ended).toMatchObject({ code: 129, stderr: expect.stringContaining("stopping: terraform finishes") });
    expect(file()).toBe(text);
  });

  test("and a refused plan changes nothing either", async () => {
    const { verb, file } = await ground({ plan: planOf(["delete", "create"], ["web-0", "web-1"]) });
    expect(await verb([...scaling, "--yes"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^refused: web/),
    });
    expect(file()).toBe(text);
  });
});

test("what an apply has begun stays in the file, so the same command continues", async () => {
  const complete = { type: "apply_complete", hook: { resource: { addr: "lxd_instance.web-2" }, action: "create" } };
  const { verb, file } = await ground({ more: onlyAt("apply", `echo '${JSON.stringify(complete)}'; exit 1`) });
  const { code, stderr } = await verb([...scaling, "--yes"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("the group files keep the change")]);
  expect(file()).toBe(text.replace("replicas: 2", "replicas: 4"));
});

test("a file is edited once its plan is accepted, and the edit is reported then", async () => {
  const { at, verb, file } = await ground({ more: onlyAt("apply", "/bin/cp ../../../groups/web.yaml seen") });
  const { code, stdout } = await verb(scaling, "yes\n");
  const edit = `web: 2 -> 4 (${join(at, "groups/web.yaml")}:3)\n`;
  expect([code, stdout]).toEqual([0, `web: 2 to create\n  + web-2\n  + web-3\n${edit}`]);
  expect(file()).toBe(text.replace("replicas: 2", "replicas: 4"));
  expect(readFileSync(join(at, "cdktf.out/stacks/local/seen"), "utf8")).toBe(file());
});

describe("two runs with one configuration", () => {
  test.each([
    ["deploy", "--yes", "--no-wait"],
    ["scale", "web=4", "--deploy"],
    ["rollout", "web", "--image", "v2"],
    ["synth"],
  ])("%s is refused while another one is at work, and is told which one", async (...words) => {
    const { at, verb, runs, file } = await ground();
    const output = join(at, "cdktf.out");
    privateDirectory(output);
    const lock = await takeLock(output, "rollcall deploy");
    const { code, stderr } = await verb(words);
    const holder = `rollcall deploy (process ${process.pid}) has been at work in ${output} since `;
    expect([code, stderr, runs(), file()]).toEqual([1, expect.stringContaining(holder), [], text]);
    if (words[0] !== "synth") expect(stderr).toMatch(/: wait until it ends, or use --lock-timeout 5m\n$/);
    lock.release();
  });

  test("with --lock-timeout the second one waits", async () => {
    const { at, verb } = await ground();
    privateDirectory(join(at, "cdktf.out"));
    const lock = await takeLock(join(at, "cdktf.out"), "rollcall deploy");
    setTimeout(() => lock.release(), 300);
    const { code, stderr } = await verb(["deploy", "--yes", "--no-wait", "--lock-timeout", "60s"]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^waiting: rollcall deploy \(process/)]);
  });

  test("the next one takes over from one that was killed, and says so", async () => {
    const { at, verb } = await ground();
    privateDirectory(join(at, "cdktf.out"));
    const processes = [{ pid: process.pid, what: "rollcall deploy", started: "1" }];
    const since = "2026-11-28T08:00:00.000Z";
    const { hostname } = await import("node:os");
    writeFileSync(join(at, "cdktf.out/killed.lock"), JSON.stringify({ host: hostname(), since, processes }));
    const { code, stderr } = await verb(["deploy", "--yes", "--no-wait"]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^rollcall deploy of 2026-11-28T08:00:00.000Z was killed before it ended; this run continues/,
      ),
    ]);
    expect(readdirSync(join(at, "cdktf.out")).sort()).toEqual(["manifest.json", "stacks"]);
  });
});

test("after kill -9 the apply goes on by itself; the same command is refused until it has ended, and then continues", async () => {
  const { at, verb, environment, file } = await ground({
    more: onlyAt(
      "apply",
      "echo > applying; until [ -e finish ] || [ ! -e applying ]; do /bin/sleep 0.02; done; echo > applied",
    ),
  });
  const stack = join(at, "cdktf.out/stacks/local");
  const { child, ended } = start(at, [...scaling, "--yes"], environment);
  await until("it applies", () => existsSync(join(stack, "applying")));
  const locks = () => readdirSync(join(at, "cdktf.out")).filter((name) => name.endsWith(".lock"));
  await until("the lock names the apply", () =>
    locks().some((name) => readFileSync(join(at, "cdktf.out", name), "utf8").includes("terraform apply")),
  );
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  expect(await verb([...scaling, "--yes"])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /terraform apply of stack local \(process \d+\) has been at work .+, and writes to .+rollcall\.out: wait/,
    ),
  });
  writeFileSync(join(stack, "finish"), "");
  await until("it has ended", () => existsSync(join(stack, "applied")));
  const { code, stderr } = await verb([...scaling, "--yes", "--lock-timeout", "60s"]);
  expect([code, stderr]).toEqual([0, expect.stringContaining("was killed before it ended; this run continues")]);
  expect(file()).toBe(text.replace("replicas: 2", "replicas: 4"));
});

test("only this user can read what terraform is given and what it plans", async () => {
  const { at, verb } = await ground({
    more: onlyAt("plan", "echo secret > rollcall.tfplan; /bin/cp rollcall.tfplan seen"),
  });
  expect(await verb(["deploy", "--yes", "--no-wait"])).toMatchObject({ code: 0 });
  const mode = (path: string) => statSync(join(at, "cdktf.out", path)).mode & 0o777;
  expect(["", "stacks", "stacks/local"].map(mode)).toEqual([0o700, 0o700, 0o700]);
  expect(["manifest.json", "stacks/local/cdk.tf.json", "stacks/local/seen"].map(mode)).toEqual([0o600, 0o600, 0o600]);
});

test.each([
  [
    "a directory of other files",
    ".",
    /^rollcall: .+ holds other files: stacks are written to a directory of their own\n$/,
  ],
  ["a link", "link", /^rollcall: link is a link or a file/],
])("stacks are not written to %s", async (_, output, said) => {
  const { at, verb } = await ground();
  symlinkSync(join(at, "groups"), join(at, "link"));
  const before = statSync(at).mode;
  const { code, stderr } = await verb(["synth", "--output", output]);
  expect([code, stderr, statSync(at).mode]).toEqual([1, expect.stringMatching(said), before]);
  expect(readdirSync(join(at, "groups"))).toEqual(["web.yaml"]);
});

test("the lock file of the provider is kept next to the configuration, and every stack is given it", async () => {
  const { at, verb } = await ground({ more: onlyAt("init", "echo checksums >> .terraform.lock.hcl") });
  const kept = () => readFileSync(join(at, ".terraform.lock.hcl"), "utf8");
  expect(await verb(["deploy", "--yes", "--no-wait"])).toMatchObject({ code: 0 });
  expect([kept(), statSync(join(at, ".terraform.lock.hcl")).mode & 0o777]).toEqual(["checksums\n", 0o644]);
  expect(await verb(["synth", "--output", "other"])).toMatchObject({ code: 0 });
  expect(readFileSync(join(at, "other/stacks/local/.terraform.lock.hcl"), "utf8")).toBe(kept());
  // What a `terraform init` by hand has made is kept by the next synth, if nothing was kept before.
  rmSync(join(at, ".terraform.lock.hcl"));
  expect(await verb(["synth"])).toMatchObject({ code: 0 });
  expect(kept()).toBe("checksums\n");
});

test("without a server nothing takes out of Traefik what is destroyed: it is refused, and --no-drain warns", async () => {
  const { verb, runs } = await ground({ plan: planOf(["delete"], ["web-1"]) });
  const { code, stderr } = await verb(["deploy", "--no-wait", "--yes"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^refused: no server answers at .* It takes web-1 out of the load balancer first; --no-drain/,
    ),
  ]);
  const anyway = await verb(["deploy", "--no-wait", "--no-drain"], "no\n");
  expect([anyway.code, anyway.stderr]).toEqual([
    1,
    expect.stringMatching(/^no server answers at .* Until it runs, Traefik keeps sending requests to web-1\n/),
  ]);
  expect(runs()).not.toContain("apply");
});
