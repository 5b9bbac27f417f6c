import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { PlanJson } from "../../cli/pipeline/changes.ts";
import { runHere } from "../support/cli/run-here.ts";
import { serving, useHouse, whilePolled } from "../support/server/house.ts";
import { until } from "../support/until.ts";
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
  const usual = ["--yes", "--grace", "0s", "--config", join(at.path, "rollcall.yaml")];
  const words = ["rollout", "web", "--image", "web-v2", ...usual];
  const ended = await whilePolled(server, () => runHere(undefined, words, terraform.environment));
  return { ...ended, file: readFileSync(join(at.path, "groups/web.yaml"), "utf8") };
}

test.concurrent.each(["plan", "apply"])(
  "a rollout whose first %s fails leaves the group file byte for byte as before",
  async (verb) => {
    const { code, stderr, file } = await failing(verb);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/web: its file is as it was before\n$/)]);
    expect(file).toBe(text);
  },
);

test.concurrent("a step that was applied in part stays in the file, from which the rollout continues", async () => {
  const { code, stderr, file } = await failing("apply", JSON.stringify(complete));
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/web: stopped at partition 1\. `rollcall rollout web` cont/),
  ]);
  expect(file).toBe(`${text}rollout:\n  image: web-v2\n  partition: 1\n`);
});

/** A rollout in the file of two replicas, and instances that are there; a terraform that has this plan, and changes nothing. */
async function standing(rollout: string, names: readonly string[], plan: PlanJson = {}) {
  const { at, launch, start, lxd } = house();
  const file = join(at.path, "groups/web.yaml");
  writeFileSync(file, `${text}rollout: { ${rollout} }\n`);
  await launch(...names);
  const server = await start();
  // Not by asking for the document: who does that is a poller, which a step waits for.
  await until("both are served", async () => (await server.status()).groups[0]?.present === 2);
  const sources = [{ name: "local", url: `unix://${lxd.socket}` }];
  writeFileSync(join(at.path, "rollcall.yaml"), stringify({ admin: { listen: server.admin }, sources }));
  const terraform = stubTerraform(at.path, plan);
  async function run(...words: string[]) {
    const all = ["rollout", "web", "--yes", "--no-drain", "--config", join(at.path, "rollcall.yaml"), ...words];
    const ended = await runHere(undefined, all, { PATH: `${terraform.environment.PATH}:/usr/bin:/bin` });
    return { ...ended, file: readFileSync(file, "utf8") };
  }
  return { run, terraform };
}

describe.concurrent("one that was interrupted continues", () => {
  test("back, though the replica that it was making again is away", async () => {
    const gate = "maxUnavailable: 1, image: web-v2, partition: 1";
    const { launch, driver } = house();
    const { run, terraform } = await standing(gate, ["web-0", "web-1"]);
    await driver.remove("web-0");
    const undone = run("--undo");
    await until("terraform is asked for it", () => terraform.runs().includes("plan"));
    await launch("web-0");
    const { code, stderr, file } = await undone;
    expect([code, stderr]).toEqual([0, expect.stringContaining("replacing web-1")]);
    expect(file).toBe(`${text}rollout: { maxUnavailable: 1 }\n`);
  });

  test("at its end, though several of those that it has added are left", async () => {
    const left = planOf(["delete"], ["web-2", "web-3"]);
    const { run } = await standing("maxSurge: 3, image: web-v2", ["web-0", "web-1"], left);
    const { code, stderr, file } = await run();
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("refused")]);
    expect(file).toContain("rollout: { maxSurge: 3, previous: web }\n");
  });
});

describe.concurrent("with a check command", () => {
  /** Two replicas and one more, that a rollout adds. */
  async function rolling(rollout: string, ...words: string[]) {
    const { run } = await standing(rollout, ["web-0", "web-1", "web-2"]);
    return await run("--image", "web-v2", ...words);
  }
  const says = 'echo "$ROLLCALL_GROUP $ROLLCALL_STEP: $ROLLCALL_REPLICAS"';

  test("it is run after each step that makes replicas, the additional one too, and what it says is in the log", async () => {
    const { code, stderr, file } = await rolling("maxSurge: 1", "--check", says);
    expect([code, stderr.match(/^ {2}web \d: .*$/gm)]).toEqual([
      0,
      ["  web 1: web-2", "  web 2: web-1", "  web 3: web-0"],
    ]);
    expect(stderr).toContain("web: image web-v2, partition 0: removing web-2\n");
    expect(file).toBe(`${text.replace("image: web ", "image: web-v2 ")}rollout: { maxSurge: 1, previous: web }\n`);
  });

  test("a failure stops the rollout where it is", async () => {
    const { code, stderr, file } = await rolling("maxSurge: 1", "--check", "[ $ROLLCALL_STEP != 2 ]");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /web: the check command ended with 1\nweb: stopped at partition 1\. .+ --undo` goes back\n$/,
      ),
    ]);
    expect(file).toBe(`${text}rollout: { maxSurge: 1, image: web-v2, partition: 1, surge: 1 }\n`);
  });

  test("a failure goes back under autoRevert, and the additional replica goes too", async () => {
    const { code, stderr, file } = await rolling("maxSurge: 1, autoRevert: true", "--check", "exit 7");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/ended with 7\n.+going back.+removing web-2\n.+web again\n$/s),
    ]);
    expect(file).toBe(`${text}rollout: { maxSurge: 1, autoRevert: true }\n`);
  });

  test("one that does not end is ended with the progressDeadline", async () => {
    const { code, stderr } = await rolling("progressDeadline: 9s", "--check", "sleep 600");
    expect([code, stderr]).toEqual([75, expect.stringContaining("web: the check command did not end in time\n")]);
  });
});

test.concurrent("--undo with --image is an error that names both ways", async () => {
  const { code, stderr } = await runHere(house().at.path, ["rollout", "web", "--image", "b", "--undo"]);
  expect([code, stderr]).toEqual([
    64,
    expect.stringMatching(
      /^error: --undo knows its image from the file: `rollcall rollout web --undo`, or --image b without/,
    ),
  ]);
});
