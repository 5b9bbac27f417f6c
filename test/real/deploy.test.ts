import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { editGroups } from "../../cli/edit/group-file.ts";
import { platforms } from "../../shared/platforms.ts";
import { newestTraefik } from "../../traefik/model/version.ts";
import { ms, pause, tell } from "../support/measure.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { realPartsOfEach, titled } from "../support/real/parts.ts";
import { openSite, type Site } from "../support/real/site.ts";
import { documentHas, traefikHas } from "../support/real/stage.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** The files of groups/, deployed as a user does; the tests follow one another. */

const each = await realPartsOfEach();
const terraform = await realTerraform();
const provider = terraform.standIn ? "the stand-in provider" : "the provider";
const project = "rollcall-deploy";
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
const everyone = ["api-0", "api-1", "site-0", "site-1", "web-0", "web-1", "web-2"];

for (const { platform, socket, binary, missing } of each)
  describe.skipIf((missing ?? terraform.missing) !== undefined)(
    titled(`rollcall deploy, on real ${platforms[platform].title} by ${provider}`, missing ?? terraform.missing),
    () => {
      let site: Site;
      let server: Rollcall;
      let traefik: Traefik;
      beforeAll(async () => {
        site = await openSite({ socket, project, binary, platform }, terraform);
        const directory = join(site.path, "groups");
        cpSync(resolve(import.meta.dirname, "../../groups"), directory, { recursive: true });
        const context = {
          traefik: newestTraefik,
          gate: "complete",
          sources: [{ name: "local", projects: [project] }],
        } as const;
        const changes = ["web", "site", "api"].map((group) => ({ group, path: ["project"], value: project }));
        await (await editGroups({ directory, context, changes })).write();
        server = await site.serveSite();
        traefik = await site.traefik(quick);
      });
      afterAll(() => site?.close());

      test("the example fleet comes from nothing: locked until the last replica is there, then served", {
        timeout: 300_000,
      }, async () => {
        const waiting = await follow(server);
        const deploying = site.start(["deploy", "--yes"]);
        const applied = await deploying.says(/applied in/);
        await Promise.all([
          traefikHas(traefik, 3),
          traefikHas(traefik, 2, 20_000, "site"),
          traefikHas(traefik, 2, 20_000, "api"),
        ]);
        for (const name of ["web-0", "web-1", "web-2"]) await answered(traefik, "web.localhost", name);
        for (const name of ["site-0", "site-1"]) await answered(traefik, "shop.localhost", name);
        tell(`apply ended to all ${everyone.length} replicas answering through Traefik: ${ms(Date.now() - applied)}`);
        const { code, stdout, stderr } = await deploying.ended;
        expect([code, stdout]).toEqual([
          0,
          expect.stringMatching(/^api: 2 to create\n.*^site: 2 to create\n.*^web: 3 to create\n/ms),
        ]);
        expect(stderr).toContain("web-2: create done");
        const seen = await waiting();
        expect(seen[0]).toEqual(everyone);
        expect(seen.at(-1)).toEqual([]);
        for (const [index, names] of seen.entries())
          if (index > 0) expect(seen[index - 1]).toEqual(expect.arrayContaining(names));
      });

      test("web grows to 5 and shrinks to 2: the others stay the instances that they are", {
        timeout: 300_000,
      }, async () => {
        const before = await site.identities();
        const grown = await site.rollcall("scale", "web=5", "--deploy", "--yes");
        expect(grown).toMatchObject({
          code: 0,
          stdout: expect.stringContaining("web: 2 to create\n  + web-3\n  + web-4\n"),
        });
        await traefikHas(traefik, 5);
        expect(new Map([...(await site.identities())].filter(([name]) => before.has(name)))).toEqual(before);
        const shrunk = await site.rollcall("scale", "web=2", "--deploy", "--yes", "--grace", "1s");
        expect(shrunk).toMatchObject({
          code: 0,
          stdout: expect.stringContaining("web: 3 to destroy\n  - web-2\n  - web-3\n  - web-4\n"),
        });
        expect(shrunk.stdout).not.toMatch(/create|update|replace/);
        await traefikHas(traefik, 2);
        before.delete("web-2");
        expect(await site.identities()).toEqual(before);
        expect(await site.rollcall("scale", "web=3", "--deploy", "--yes")).toMatchObject({ code: 0 });
      });

      test("an image change without a rollout is refused with a sentence that says how to do it", {
        timeout: 120_000,
      }, async () => {
        const before = await site.identities();
        const edit = (value: string) =>
          editGroups({
            directory: join(site.path, "groups"),
            context: { traefik: newestTraefik, gate: "complete", sources: [{ name: "local", projects: [project] }] },
            changes: [{ group: "web", path: ["instance", "image"], value }],
          });
        await (await edit("web-v2")).write();
        const { code, stdout, stderr } = await site.rollcall("deploy", "--yes");
        await (await edit("web")).write();
        expect([code, stdout]).toEqual([
          1,
          expect.stringContaining("web: 3 to replace\n  ± web-0  (image: web -> web-v2)\n"),
        ]);
        expect(stderr).toContain(
          "Set `image: web` again; `rollcall rollout web --image web-v2` then replaces them step by step",
        );
        expect(await site.identities()).toEqual(before);
        // A plan may hold secrets.
        expect(existsSync(join(site.directory, "rollcall.tfplan"))).toBe(false);
      });

      test("an instance that is deleted behind Terraform's back is made again, and no wrong document is published", {
        timeout: 120_000,
      }, async () => {
        await documentHas(server, 3);
        const [gone = ""] = (await server.servers("web")) ?? [];
        const name = (await server.status()).groups
          .flatMap(({ replicas }) => replicas)
          .find(({ address }) => gone.includes(`${address}:`))?.replica;
        const watch = watching(server);
        await site.driver.remove(name ?? "");
        await documentHas(server, 2);
        const left = await server.servers("web");
        const { code, stdout } = await site.rollcall("deploy", "--yes");
        expect([code, stdout]).toEqual([0, `web: 1 to create\n  + ${name}\n`]);
        await traefikHas(traefik, 3);
        const documents = await watch();
        expect(left).not.toContain(gone);
        // Never locked, never fewer than the two that were there all the time, and nobody who was not.
        for (const servers of documents) expect(servers).toEqual(expect.arrayContaining(left ?? []));
        expect(Math.max(...documents.map(({ length }) => length))).toBe(3);
      });

      test("after all that, and a while of serving, Terraform sees no drift", { timeout: 120_000 }, async () => {
        await pause(3000);
        expect(await site.rollcall("deploy", "--yes")).toMatchObject({
          code: 0,
          stdout: "nothing to change: 3 groups as declared\n",
        });
        await site.takeUpAddresses();
        const planned = await site.terraform("plan", "-input=false", "-detailed-exitcode", "-no-color");
        expect(planned, planned.stdout).toMatchObject({ code: 0 });
        const specs = (await server.status()).groups.flatMap(({ replicas }) => replicas.map(({ spec }) => spec));
        expect(specs).toEqual(everyone.map(() => "current"));
      });
    },
  );

/** Collects the replicas that the locked answers wait for, each time they change; an empty list once it is unlocked. */
async function follow(server: Rollcall): Promise<() => Promise<string[][]>> {
  const seen: string[][] = [];
  const look = async () => {
    const { status, body } = await server.document();
    const names =
      status === 200
        ? []
        : (JSON.parse(body) as { waiting: { replica: string }[] }).waiting.map(({ replica }) => replica);
    if (JSON.stringify(names) !== JSON.stringify(seen.at(-1))) seen.push(names);
    return status === 200;
  };
  await look();
  const unlocked = until("the document is unlocked", look, 120_000, 5);
  return async () => {
    await unlocked;
    return seen;
  };
}

/** Collects web's servers of every document from now on. */
function watching(server: Rollcall): () => Promise<string[][]> {
  const documents: string[][] = [];
  let over = false;
  const done = until(
    "the watching is over",
    async () => {
      documents.push((await server.servers("web")) ?? []);
      return over;
    },
    120_000,
    10,
  );
  return async () => {
    over = true;
    await done;
    return documents;
  };
}

async function answered(traefik: Traefik, host: string, name: string): Promise<void> {
  const visitor = createVisitor(traefik.web, host);
  await until(`${name} answers`, async () => (await visitor.visit()) === name, 20_000);
  await visitor.close();
}
