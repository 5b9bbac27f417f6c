import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { runHere } from "../support/cli/run-here.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { groupFile } from "./places.ts";
import { planOf, stubTerraform } from "./terraform-stub.ts";

const house = useHouse();
const text = `# Two of them.\n${groupFile("web", 2, "instance: { image: web } # v1\n")}`;
const complete = { type: "apply_complete", hook: { resource: { addr: "lxd_instance.web-1" }, action: "delete" } };

/** Rolls an image out to two replicas, with a terraform of which one verb fails. */
async function failing(verb: string, output = "") {
  const { at, launch, start, lxd } = house();
  writeFileSync(join(at.path, "groups/web.yaml"), text);
  await launch("web-0", "web-1");
  const server = await start();
  await serving(server, 2);
  const sources = [{ name: "local", url: `unix://${lxd.socket}` }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ admin: { listen: server.admin }, sources }));
  const more = `if [ "$1" = ${verb} ]; then echo '${output}'; exit 1; fi`;
  const terraform = stubTerraform(at.path, planOf(["delete", "create"], ["web-1"]), more);
  const words = ["rollout", "web", "--image", "web-v2", "--yes", "--config", "rollcall.yaml"];
  const ended = await runHere(at.path, words, terraform.environment);
  return { ...ended, file: readFileSync(join(at.path, "groups/web.yaml"), "utf8") };
}

test.each(["plan", "apply"])(
  "a rollout whose first %s fails leaves the group file byte for byte as before",
  async (verb) => {
    const { code, stderr, file } = await failing(verb);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/web: its file is as it was before\n$/)]);
    expect(file).toBe(text);
  },
);

test("a step that was applied in part stays in the file, from which the rollout continues", async () => {
  const { code, stderr, file } = await failing("apply", JSON.stringify(complete));
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/web: stopped at partition 1\. `rollcall rollout web` cont/),
  ]);
  expect(file).toBe(`${text}rollout:\n  image: web-v2\n  partition: 1\n`);
});
