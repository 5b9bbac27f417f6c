import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { groupFile, usePlaces } from "./places.ts";

const { place, run } = usePlaces();
const read = (at: string, name: string) => readFileSync(join(at, "groups", name), "utf8");

test("groups are scaled in their files, and all else in these stays", async () => {
  const web = `# The web.\n${groupFile("web", 3)}`.replace("replicas: 3", "replicas:   3 # three");
  const at = place({ "groups/web.yaml": web, "groups/api.yaml": groupFile("api", 2) });
  const ended = await run(at, ["scale", "web=5", "api=2"]);
  const said = `web: 3 -> 5 (${join(at, "groups", "web.yaml")}:3)\napi: already 2\n`;
  expect(ended).toEqual({ code: 0, stdout: said, stderr: "" });
  expect(read(at, "web.yaml")).toBe(web.replace("3 #", "5 #"));
  expect(readdirSync(join(at, "groups"))).toEqual(["api.yaml", "web.yaml"]);
});

test("the groups are those of the configuration", async () => {
  const at = place({ "other/rollcall.yaml": "groups: ./here\n", "other/here/web.yaml": groupFile("web", 3) });
  expect(await run(at, ["scale", "--config", "other/rollcall.yaml", "web=0"])).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(join(at, "other/here/web.yaml"), "utf8")).toBe(groupFile("web", 0));
});

describe("nothing is written and it ends with 1", () => {
  const files = {
    "groups/api.yaml": groupFile("api", 2),
    "groups/web.yaml": groupFile("web", 3, "gate: { minimum: 2 }\n"),
  };

  test.each([
    [
      "when a file would have a problem, which is shown as check does",
      ["api=4", "web=1"],
      /web\.yaml:4:18: error: gate\.minimum: more than the 1 replicas\n.*\n.*\^\nFAILED: 1 error in 1 file\n$/,
    ],
    ["when there are too many", ["api=10001"], /api\.yaml:2:11: error: replicas: must be 10000 or less/],
    [
      "when one of the groups is unknown",
      ["api=4", "wep=5"],
      /^rollcall: .*groups declares no group wep, did you mean "web"\?\n$/,
    ],
  ])("%s", async (_, words, message) => {
    const at = place(files);
    const { code, stdout, stderr } = await run(at, ["scale", ...words]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect([read(at, "api.yaml"), read(at, "web.yaml")]).toEqual(Object.values(files));
  });
});

describe("words that are wrong end with 64, and nothing is written", () => {
  test.each([
    ["no number", ["web=x"], /Write a group and a number of replicas, such as web=5/],
    ["no number at all", ["web"], /such as web=5/],
    ["a negative number", ["web=-1"], /such as web=5/],
    ["a fraction", ["web=1.5"], /such as web=5/],
    ["no group", ["=5"], /such as web=5/],
    ["the same group twice", ["web=5", "web=6"], /web is named twice/],
    ["nothing", [], /missing required argument/],
  ])("%s", async (_, words, message) => {
    const at = place({ "groups/web.yaml": groupFile("web", 3) });
    const { code, stdout, stderr } = await run(at, ["scale", ...words]);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(message);
    expect(read(at, "web.yaml")).toBe(groupFile("web", 3));
  });
});
