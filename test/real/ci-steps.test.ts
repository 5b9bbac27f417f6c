import { accessSync, constants, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type CiRepository, ci, ciRepository } from "../support/real/ci-repository.ts";
import { realLxd, titled } from "../support/real/parts.ts";
import { openStage, type Stage } from "../support/real/stage.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import type { Rollcall } from "../support/server/rollcall.ts";

/** The pipelines of deploy/ci/, and their two scripts as a pipeline runs them: in the root of a repository with group files. */

const { socket, missing: noLxd } = await realLxd();
const terraform = noLxd === undefined ? await realTerraform() : undefined;
const missing = noLxd ?? terraform?.missing;
const provider = (terraform?.standIn ?? true) ? "the stand-in provider" : "the real provider";

interface Job {
  readonly concurrency?: object;
  readonly resource_group?: string;
  readonly steps?: readonly { readonly run?: string; readonly uses?: string }[];
  readonly script?: readonly string[];
}

describe("the pipelines", () => {
  const github = read<{ jobs: Record<string, Job> }>("github-actions.yaml").jobs;
  const { stages: _, default: __, variables: ___, ...gitlab } = read<Record<string, Job>>("gitlab-ci.yml");

  test("each shell step is one of the two scripts, and nothing else", () => {
    const steps = Object.entries(github).map(([name, { steps = [] }]) => [name, steps.flatMap(({ run = [] }) => run)]);
    expect(Object.fromEntries(steps)).toEqual({
      plan: ["deploy/ci/plan.sh || [ $? -eq 2 ]"],
      apply: ["deploy/ci/apply.sh"],
    });
    expect(Object.fromEntries(Object.entries(gitlab).map(([name, { script }]) => [name, script]))).toEqual({
      plan: ["deploy/ci/plan.sh"],
      apply: ["deploy/ci/apply.sh"],
    });
    for (const script of ["plan.sh", "apply.sh"]) accessSync(join(ci, script), constants.X_OK);
  });

  test("one apply runs at a time, and none is cut off by the next", () => {
    expect(github.apply?.concurrency).toEqual({ group: "rollcall-apply", "cancel-in-progress": false });
    expect(gitlab.apply).toMatchObject({ resource_group: "rollcall", interruptible: false });
  });

  test("GitLab takes the exit code of changes for a warning", () => {
    expect(gitlab.plan).toMatchObject({ allow_failure: { exit_codes: 2 } });
  });

  test("each action is of one version", () => {
    const used = Object.values(github).flatMap(({ steps = [] }) => steps.flatMap(({ uses = [] }) => uses));
    expect(used).not.toEqual([]);
    for (const action of used) expect(action).toMatch(/@v\d+\.\d+\.\d+$/);
  });
});

describe.skipIf(missing !== undefined)(
  titled(`the pipelines' scripts, with ${provider} under terraform on real LXD`, missing),
  { timeout: 120_000 },
  () => {
    let stage: Stage;
    let server: Rollcall;
    let repository: CiRepository;
    beforeAll(async () => {
      stage = await openStage({ socket, project: "ci", binary: "" });
      const environment = { ...terraform?.environment, TERRAFORM_BINARY_NAME: terraform?.binary };
      repository = ciRepository({ stage, socket, environment });
      server = await stage.serve({ groups: "./served" });
      repository.configure(server.admin);
      repository.declare("web", 2);
      repository.declare("api", 1);
    });
    afterAll(() => stage?.close());

    test("from nothing, the plan ends with 2 and names what will be created", async () => {
      const { code, output } = await repository.run("plan.sh");
      expect(code, output).toBe(2);
      expect(output).toContain("OK: 2 groups, 3 replicas in 2 files");
      for (const name of ["api-0", "web-0", "web-1"])
        expect(output).toContain(`# lxd_instance.${name} will be created`);
      expect(readFileSync(repository.at("cdktf.out/plan.txt"), "utf8")).toContain("Plan: 3 to add");
      expect(readFileSync(repository.at("summary.md"), "utf8")).toMatch(/^```\n# local\n.*Plan: 3 to add.*\n```\n$/s);
      // To be committed: every later run takes that provider.
      expect(readFileSync(repository.at(".terraform.lock.hcl"), "utf8")).toContain("terraform-lxd/lxd");
      expect(await stage.driver.list()).toEqual([]);
    });

    test("the apply ends with 0 when the roll call is complete", async () => {
      expect((await server.document()).status).toBe(423);
      const { code, output } = await repository.run("apply.sh");
      expect(code, output).toBe(0);
      expect(readdirSync(repository.served).sort()).toEqual(["api.yaml", "web.yaml"]);
      expect(await server.servers("web")).toHaveLength(2);
      expect(await server.servers("api")).toHaveLength(1);
    });

    test("a second plan ends with 0, and a second apply applies nothing", async () => {
      const { code, output } = await repository.run("plan.sh");
      expect(code, output).toBe(0);
      const before = await uuids();
      const applied = await repository.run("apply.sh");
      expect(applied.code, applied.output).toBe(0);
      expect(applied.output).not.toContain("Apply complete");
      expect(await uuids()).toEqual(before);
    });

    test("a broken group file ends the plan and the apply with 1, and is named with its line and column", async () => {
      const file = repository.at("groups/web.yaml");
      const good = readFileSync(file, "utf8");
      writeFileSync(file, good.replace("replicas: 2", "replicas: two"));
      for (const script of ["plan.sh", "apply.sh"]) {
        const { code, output } = await repository.run(script);
        expect(code, output).toBe(1);
        expect(output).toMatch(/groups\/web\.yaml:2:11: error: replicas: /);
        expect(output).not.toContain("Terraform");
      }
      writeFileSync(file, good);
      expect(readFileSync(join(repository.served, "web.yaml"), "utf8")).toBe(good);
    });

    test("an apply removes a group whose file is gone, and one replica of another", async () => {
      rmSync(repository.at("groups/api.yaml"));
      repository.declare("web", 1);
      expect((await repository.run("plan.sh")).code).toBe(2);
      const { code, output } = await repository.run("apply.sh");
      expect(code, output).toBe(0);
      expect(output).toContain("2 destroyed");
      for (const name of ["api-0", "web-1"])
        expect(output).toMatch(new RegExp(`${name}.*: .*drained\n.*2 destroyed`, "s"));
      expect(readdirSync(repository.served)).toEqual(["web.yaml"]);
      expect((await stage.driver.list()).map(({ name }) => name)).toEqual(["web-0"]);
      expect(await server.servers("api")).toBeUndefined();
      expect(readdirSync(repository.at("cdktf.out/stacks/local"))).not.toContain("rollcall.tfplan");
    });

    test("a missing image ends the apply with 1, and the next one continues from there", async () => {
      repository.declare("web", 2, "nope");
      const failed = await repository.run("apply.sh");
      expect(failed.code, failed.output).toBe(1);
      expect(failed.output).toContain("nope");
      repository.declare("web", 2);
      const { code, output } = await repository.run("apply.sh");
      expect(code, output).toBe(0);
      expect(await server.servers("web")).toHaveLength(2);
    });

    test("the apply ends with 75 when the roll call is not complete in time", async () => {
      repository.configure("127.0.0.1:9");
      const { code, output } = await repository.run("apply.sh", { ROLLCALL_WAIT: "1s" });
      expect(code, output).toBe(75);
      repository.configure(server.admin);
    });

    async function uuids(): Promise<(string | undefined)[]> {
      return (await stage.driver.list()).map(({ config }) => config?.["volatile.uuid"]).sort();
    }
  },
);

function read<T>(file: string): T {
  return parse(readFileSync(join(ci, file), "utf8")) as T;
}
