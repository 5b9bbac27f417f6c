import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { groupFile, usePlaces } from "./places.ts";

const { place, run } = usePlaces();

/** Each configuration names a directory of its own; `check` tells which was read by its count of groups. */
function threeConfigurations() {
  const groups = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`in${count}/g${i}.yaml`, groupFile(`g${i}`, 1)]));
  return place({
    ...groups(1),
    ...groups(2),
    ...groups(3),
    "flag.yaml": "groups: in1\n",
    "environment.yaml": "groups: in2\n",
    "rollcall.yaml": "groups: in3\n",
  });
}

describe("the configuration", () => {
  test("is that of --config before that of $ROLLCALL_CONFIG before ./rollcall.yaml", async () => {
    const at = threeConfigurations();
    const environment = { ROLLCALL_CONFIG: "environment.yaml" };
    const counts = await Promise.all([
      run(at, ["check", "--config", "flag.yaml"], environment),
      run(at, ["check"], environment),
      run(at, ["check"]),
    ]);
    expect(counts.map(({ stdout }) => stdout.split(",")[0])).toEqual(["OK: 1 group", "OK: 2 groups", "OK: 3 groups"]);
  });

  test("has its paths meant from the file that names them", async () => {
    const at = place({ "etc/rollcall.yaml": "groups: here\n", "etc/here/web.yaml": groupFile("web", 1) });
    expect((await run(at, ["check", "-c", "etc/rollcall.yaml"])).code).toBe(0);
  });

  test.each([
    ["an empty file", ""],
    ["a file of comments", "# nothing yet\n"],
  ])("is as by default in %s", async (_, text) => {
    const at = place({ "rollcall.yaml": text, "groups/web.yaml": groupFile("web", 1) });
    expect((await run(at, ["check"])).stdout).toBe("OK: 1 group, 1 replica in 1 file\n");
  });

  test("that is named and not there is an error", async () => {
    const at = place();
    const { code, stderr } = await run(at, ["check", "--config", "gone.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(at, "gone.yaml")}: error: does not exist`);
  });
});
