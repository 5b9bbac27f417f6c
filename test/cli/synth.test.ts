import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { groupFile, isColoured, usePlaces } from "./places.ts";

const { place, run } = usePlaces();
const image = "instance: { image: web }\n";
const written = (at: string) => readdirSync(at).filter((name) => !["groups", "rollcall.yaml"].includes(name));
const stackIn = (...path: string[]) =>
  JSON.parse(readFileSync(join(...path, "stacks/local/cdk.tf.json"), "utf8")) as object;

describe("synth", () => {
  test("writes a stack for each source, and says what of and where", async () => {
    const sources = "sources: [{ name: north }, { name: south }]\n";
    const api = groupFile("api", 2, `${image}source: north\n`);
    const at = place({ "groups/api.yaml": api, "rollcall.yaml": sources });
    const out = join(at, "cdktf.out/stacks");
    expect(await run(at, ["synth"])).toEqual({
      code: 0,
      stdout: `1 group, 2 instances\nnorth: ${out}/north/cdk.tf.json\nsouth: ${out}/south/cdk.tf.json\n`,
      stderr: "",
    });
    expect(readdirSync(out)).toEqual(["north", "south"]);
    expect(written(at)).toEqual(["cdktf.out"]);
  });

  test("counts no instance of a group with a selector, which needs no image", async () => {
    const api = groupFile("api", 2, "selector: { prefix: api- }\n");
    const at = place({ "groups/api.yaml": api, "groups/web.yaml": groupFile("web", 1, image) });
    expect((await run(at, ["synth"])).stdout).toMatch(/^2 groups, 1 instance\n/);
  });

  test("writes where --output says, else $CDKTF_OUTDIR, else where it is configured", async () => {
    const at = place({ "groups/web.yaml": groupFile("web", 1, image), "rollcall.yaml": "stacks: { output: ./out }\n" });
    const cdktf = { CDKTF_OUTDIR: join(at, "by-cdktf") };
    expect((await run(at, ["synth"])).code).toBe(0);
    expect(written(at)).toEqual(["out"]);
    expect((await run(at, ["synth"], cdktf)).code).toBe(0);
    expect((await run(at, ["synth", "--output", "by-flag"], cdktf)).code).toBe(0);
    expect(written(at)).toEqual(["by-cdktf", "by-flag", "out"]);
    expect(stackIn(at, "by-flag")).toEqual(stackIn(at, "out"));
  });

  test("asks neither LXD nor terraform nor the server", async () => {
    const at = place({ "groups/web.yaml": groupFile("web", 1, image) });
    expect((await run(at, ["synth"], { PATH: join(at, "nothing"), LXD_SOCKET: join(at, "nothing") })).code).toBe(0);
  });
});

describe("nothing is written, and the end is 1", () => {
  const lines = [
    "name: Web",
    "replicas: many",
    "instance:",
    "  image: web",
    "  devices: { eth0: { nictype: bridged } }",
  ];
  const bad = `${lines.join("\n")}\nservice: { port: 70000 }\n`;

  test("where files have mistakes: all of them at once, by place, as check prints them", async () => {
    const at = place({ "groups/api.yaml": groupFile("api", -1, image), "groups/web.yaml": bad });
    const { code, stdout, stderr } = await run(at, ["synth"]);
    expect([code, stdout, isColoured(stderr)]).toEqual([1, "", false]);
    const places = [...stderr.matchAll(/^(.+):(\d+):(\d+): error: ([\w.]+): /gm)];
    expect(places.map(([, file, line, column, path]) => [file, `${line}:${column}`, path])).toEqual([
      [join(at, "groups/api.yaml"), "2:11", "replicas"],
      [join(at, "groups/web.yaml"), "1:7", "name"],
      [join(at, "groups/web.yaml"), "2:11", "replicas"],
      [join(at, "groups/web.yaml"), "5:20", "instance.devices.eth0"],
      [join(at, "groups/web.yaml"), "6:18", "service.port"],
    ]);
    expect(stderr).toContain("    2 | replicas: many\n      |           ^^^^\n");
    expect(stderr).toBe((await run(at, ["check"])).stdout);
    expect(written(at)).toEqual([]);
  });

  test("where a group says not what its instances are made from, though check has nothing against it", async () => {
    const at = place({
      "groups/api.yaml": groupFile("api", 1),
      "groups/web.yaml": groupFile("web", 1, "instance:\n  profiles: [default]\n"),
    });
    const { code, stderr } = await run(at, ["synth"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /api\.yaml:1:1: error: instance\.image: is required to create the instances; if they are created elsewhere, write a selector/,
    );
    expect(stderr).toMatch(/web\.yaml:4:1: error: instance\.image: is required to create the instances/);
    expect(stderr).toMatch(/FAILED: 2 errors in 2 files\n$/);
    expect(written(at)).toEqual([]);
    expect((await run(at, ["check"])).code).toBe(0);
  });

  test("where there are no groups: an empty stack would take every instance away", async () => {
    const at = place({ "groups/README.md": "none yet" });
    expect(await run(at, ["synth"])).toEqual({
      code: 1,
      stdout: "",
      stderr: `${join(at, "groups")}: error: declares no group; put a file there, such as web.yaml. \`replicas: 0\` creates no instance\nFAILED: 1 error in 1 file\n`,
    });
    expect(existsSync(join(at, "cdktf.out"))).toBe(false);
  });

  test("where the backend is wrong: at its place in the configuration", async () => {
    const backend =
      "stacks:\n  backend:\n    http:\n      address: https://ada:hunter2@states.example/tf\n      lokAddress: x\n";
    const at = place({ "groups/web.yaml": groupFile("web", 1, image), "rollcall.yaml": backend });
    const { code, stderr } = await run(at, ["synth"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /rollcall\.yaml:4:16: error: stacks\.backend\.http\.address: an http or https URL; a user and a password go into/,
    );
    expect(stderr).toMatch(
      /rollcall\.yaml:5:7: error: stacks\.backend\.http\.lokAddress: unknown key, did you mean "lockAddress"\?/,
    );
    expect(written(at)).toEqual([]);
  });
});
