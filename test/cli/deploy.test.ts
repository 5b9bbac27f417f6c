import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PlanJson } from "../../cli/pipeline/changes.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { groupFile, usePlaces } from "./places.ts";
import { useSource } from "./source.ts";
import { planOf, stubTerraform, type TerraformStub } from "./terraform-stub.ts";

const { place, run } = usePlaces();
const source = useSource();

/** A place with a group `web` of three, no server that answers, and a terraform that plans so. */
async function ground(plan: PlanJson = {}, web = "", platform = "lxd") {
  const admin = `127.0.0.1:${await freePort()}`;
  const more = `instance: { image: web }\n${web}`;
  const at = place({
    "groups/web.yaml": groupFile("web", 3, more),
    "rollcall.yaml": `admin: { listen: ${admin} }\nsources: [{ name: local, platform: ${platform} }]\n`,
  });
  const terraform = stubTerraform(at, plan);
  const here = source();
  const environment = { ...here, INCUS_SOCKET: here.LXD_SOCKET, ...terraform.environment };
  return { at, admin, terraform, verb: (...words: string[]) => run(at, words, environment) };
}
const nothingMade = (at: string, terraform: TerraformStub) =>
  expect([terraform.runs(), existsSync(join(at, "cdktf.out"))]).toEqual([[], false]);
const noServer = (admin: string) =>
  new RegExp(`^rollcall: no server answers at ${admin} \\(.+\\): is rollcall serve running with this configuration\\?`);

describe("deploy ends with 1 before anything is planned", () => {
  test("where files have mistakes: all of them at once, by place", async () => {
    const { at, terraform, verb } = await ground({}, "nick: eth0\nrollout: { maxUnavailable: 0 }\n");
    const { code, stdout, stderr } = await verb("deploy", "--yes", "--no-wait");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/web\.yaml:5:1: error: nick: unknown key, did you mean "nic"\?/);
    expect(stderr).toMatch(/web\.yaml:6:28: error: rollout\.maxUnavailable: must be 1 or more/);
    expect(stderr).toMatch(/FAILED: 2 errors in 1 file\n$/);
    nothingMade(at, terraform);
  });

  test("where no terraform is on the PATH: how to get one", async () => {
    const { at, terraform } = await ground();
    const { code, stdout, stderr } = await run(at, ["deploy", "--yes"], { PATH: join(at, "none") });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^rollcall: neither terraform nor tofu is on the PATH: install one, from https:\/\/\S+ or https:\S+, or set TERRAFORM_BINARY_NAME\n$/,
    );
    nothingMade(at, terraform);
  });

  test("if no server runs, because nothing would check the roll call", async () => {
    const { at, admin, terraform, verb } = await ground(planOf(["create"], ["web-0"]));
    const { code, stdout, stderr } = await verb("deploy", "--yes");
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(noServer(admin))]);
    nothingMade(at, terraform);
  });
});

describe("deploy without a server, by --no-wait", () => {
  test("shows what it would do, and ends with 64 if it cannot prompt and --yes is missing", async () => {
    const { terraform, verb } = await ground(planOf(["create"], ["web-0", "web-1"]));
    expect(await verb("deploy", "--no-wait")).toEqual({
      code: 64,
      stdout: "web: 2 to create\n  + web-0\n  + web-1\n",
      stderr: "rollcall: no terminal to ask on: add --yes\n",
    });
    expect(terraform.runs()).toEqual(["init", "plan", "show"]);
  });

  test("applies the plan with --yes", async () => {
    const { terraform, verb } = await ground(planOf(["create"], ["web-0"]));
    const { code, stderr } = await verb("deploy", "--no-wait", "--yes");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^local: applied in \d+\.\d s\n$/)]);
    expect(terraform.runs()).toEqual(["init", "plan", "show", "apply"]);
  });

  test("does not prompt if nothing changes", async () => {
    const { terraform, verb } = await ground();
    const unchanged = { code: 0, stdout: "nothing to change: 1 group as declared\n", stderr: "" };
    expect(await verb("deploy", "--no-wait")).toEqual(unchanged);
    expect(terraform.runs()).toEqual(["init", "plan", "show"]);
  });

  test("refuses to take more away than maxUnavailable, --yes or not; --force takes it", async () => {
    const names = ["web-0", "web-1", "web-2"];
    const { terraform, verb } = await ground(planOf(["delete", "create"], names));
    const rows = names.map((name) => `  ± ${name}  (image: web -> web-v2)\n`).join("");
    const { code, stdout, stderr } = await verb("deploy", "--no-wait", "--yes", "--no-drain");
    expect([code, stdout]).toEqual([1, `web: 3 to replace\n${rows}`]);
    expect(stderr).toMatch(
      /^refused: web: replacing web-0, web-1, web-2 at once is more than maxUnavailable 1\. .+\n$/,
    );
    expect(terraform.runs()).not.toContain("apply");
    expect((await verb("deploy", "--no-wait", "--yes", "--no-drain", "--force")).code).toBe(0);
    expect(terraform.runs().at(-1)).toBe("apply");
  });
});

describe("deploy looks at the source before it asks", () => {
  test("and names an image that is not there with its place, --force or not", async () => {
    const { terraform, verb } = await ground(planOf(["delete", "create"], ["web-0"]), "rollout: { image: nope }\n");
    expect(await verb("deploy", "--no-wait", "--yes", "--force")).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /web\.yaml:5:19: error: rollout\.image: local has no image "nope": `lxc image list` shows them\n/,
      ),
    });
    expect(terraform.runs()).not.toContain("apply");
  });

  test("and changes nothing if it is of another platform than its stacks are for", async () => {
    const { at, terraform, verb } = await ground(planOf(["create"], ["web-0"]), "", "incus");
    expect(await verb("deploy", "--no-wait", "--yes", "--force")).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^rollcall: source local: LXD answers at \S+, and its instances are declared for Incus: write `platform: lxd` in this source of rollcall\.yaml\n$/,
      ),
    });
    expect(terraform.runs()).not.toContain("apply");
    expect(readFileSync(join(at, "cdktf.out/stacks/local/cdk.tf.json"), "utf8")).toContain("incus_instance");
  });

  test("and changes nothing if it does not answer", async () => {
    const { at, terraform } = await ground(planOf(["create"], ["web-0"]));
    const nowhere = { ...terraform.environment, LXD_SOCKET: join(at, "no.socket") };
    const { code, stdout, stderr } = await run(at, ["deploy", "--no-wait", "--yes"], nowhere);
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      expect.stringMatching(/no socket at .+no\.socket: is LXD installed/),
    ]);
    expect(terraform.runs()).not.toContain("apply");
  });
});

describe("rollout changes no file, and ends with 1", () => {
  const under = "rollout: { image: web-v2, partition: 2 }\n";

  test.each<[string, string, string[], string | RegExp]>([
    [
      "for a group that is not declared",
      "",
      ["wbe", "--image", "v2"],
      /^rollcall: .+groups declares no group wbe; there is web\n$/,
    ],
    ["without an image", "", ["web"], "rollcall: web: which image? `rollcall rollout web --image IMAGE`\n"],
    [
      "for another image than that of the rollout that is under way",
      under,
      ["web", "--image", "web-v3"],
      "rollcall: web: a rollout of web-v2 is at partition 2; `rollcall rollout web` ends it, with --undo it goes back to web\n",
    ],
    [
      "for a group with a selector",
      "selector: { prefix: web- }\n",
      ["web", "--image", "v2"],
      "rollcall: web has a selector: its instances are created elsewhere\n",
    ],
    [
      "for another image than that of an undo that is under way",
      under.replace("image", "previous: web-v2, image"),
      ["web", "--image", "web-v3"],
      "rollcall: web: a rollout of web-v2 is at partition 2; `rollcall rollout web` ends it, with --image web it goes back to web\n",
    ],
    ["where no server runs", under, ["web", "--yes"], /^rollcall: no server answers at /],
  ])("%s", async (_, more, words, sentence) => {
    const { at, terraform, verb } = await ground({}, more);
    const before = readFileSync(join(at, "groups/web.yaml"), "utf8");
    const { code, stdout, stderr } = await verb("rollout", ...words);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toEqual(typeof sentence === "string" ? sentence : expect.stringMatching(sentence));
    expect(readFileSync(join(at, "groups/web.yaml"), "utf8")).toBe(before);
    nothingMade(at, terraform);
  });

  test("where files have mistakes, all of them said", async () => {
    const { verb } = await ground({}, "nick: eth0\nreplicsa: 3\n");
    const { code, stderr } = await verb("rollout", "web", "--image", "v2");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/FAILED: 2 errors in 1 file\n$/)]);
  });
});

test("a rollout that is already done, or none to undo, is reported and is not a failure", async () => {
  const { verb } = await ground();
  expect(await verb("rollout", "web", "--image", "web")).toEqual({
    code: 0,
    stdout: "",
    stderr: "web: its image is already web; run `rollcall deploy` to check the instances\n",
  });
  expect(await verb("rollout", "web", "--undo")).toEqual({
    code: 0,
    stdout: "",
    stderr: "web: no rollout to undo; its file has no rollout.image and no rollout.previous\n",
  });
});
