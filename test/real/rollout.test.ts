import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { platforms } from "../../shared/platforms.ts";
import { tell } from "../support/measure.ts";
import { breakImage, removeImage } from "../support/real/broken-image.ts";
import { realPartsOfEach, titled } from "../support/real/parts.ts";
import { openSite, type Site } from "../support/real/site.ts";
import { documentHas } from "../support/real/stage.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import type { Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

const each = await realPartsOfEach();
const terraform = await realTerraform();
const provider = terraform.standIn ? "the stand-in provider" : "the provider";
const project = "rollcall-rollout";
/** Boots, but requests no address. */
const broken = "rollcall-test-broken";
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];

for (const { platform, socket, binary, missing } of each)
  describe.skipIf((missing ?? terraform.missing) !== undefined)(
    titled(`rollcall rollout, on real ${platforms[platform].title} by ${provider}`, missing ?? terraform.missing),
    { timeout: 300_000 },
    () => {
      let site: Site;
      let server: Rollcall;
      let traefik: Traefik;
      let file: string;
      /** What the file is at first: three of v1. */
      const text = (rollout = "", replicas = 3) => `# The web servers.
name: web
project: ${project}
replicas: ${replicas}
instance:
  image: web # as it was built
${rollout}service: { port: 3000 }
router: { rule: Host(\`web.localhost\`) }
`;
      beforeAll(async () => {
        site = await openSite({ socket, project, binary, platform }, terraform);
        file = join(site.path, "groups/web.yaml");
        await breakImage(site.driver, broken);
        server = await site.serveSite();
        traefik = await site.traefik(quick);
      });
      afterAll(async () => {
        if (!site) return;
        await removeImage(site.driver, broken);
        await site.close();
      });
      beforeEach(async () => {
        writeFileSync(file, text());
        expect(await site.rollcall("deploy", "--yes", "--grace", "1s", "--force")).toMatchObject({ code: 0 });
        await documentHas(server, 3);
      });

      test("a new image comes to one replica after the other, and at no time fewer than two serve", async () => {
        const before = await site.identities();
        const fewest = watchFewest(server);
        const rolled = await site.rollcall("rollout", "web", "--image", "web-v2", "--yes", "--grace", "1s");
        expect(rolled).toMatchObject({
          code: 0,
          stderr: expect.stringMatching(/replacing web-2.*replacing web-1.*replacing web-0.*made from web-v2/s),
        });
        expect(await fewest()).toBe(2);
        expect(readFileSync(file, "utf8")).toBe(
          `${text().replace("image: web #", "image: web-v2 #")}rollout:\n  previous: web\n`,
        );
        for (const [name, identity] of await site.identities()) expect(identity, name).not.toBe(before.get(name));
        expect(await versions(traefik)).toEqual(["v2"]);
        await site.takeUpAddresses();
        expect(await site.terraform("plan", "-input=false", "-detailed-exitcode")).toMatchObject({ code: 0 });
      });

      test("a broken image stops it at the first replica, the group keeps serving, and --undo restores it", async () => {
        writeFileSync(file, text("rollout: { progressDeadline: 15s }\n"));
        const before = await site.identities();
        const fewest = watchFewest(server);
        const stopped = await site.rollcall("rollout", "web", "--image", broken, "--yes", "--grace", "1s");
        expect(stopped).toMatchObject({ code: 75, stderr: expect.stringContaining("web: stopped at partition 2.") });
        expect(await fewest()).toBe(2);
        const after = await site.identities();
        expect([after.get("web-0"), after.get("web-1")]).toEqual([before.get("web-0"), before.get("web-1")]);
        expect(await versions(traefik)).toEqual(["v1"]);
        expect((await site.terraform("state", "list")).stdout).toBe(
          ["web-0", "web-1", "web-2"].map((name) => `${platforms[platform].resource}.${name}\n`).join(""),
        );
        const undone = await site.rollcall("rollout", "web", "--undo", "--yes", "--grace", "1s");
        expect(undone, undone.stderr).toMatchObject({
          code: 0,
          stderr: expect.stringContaining("made from web again"),
        });
        await documentHas(server, 3);
        expect(readFileSync(file, "utf8")).toBe(text("rollout: { progressDeadline: 15s }\n"));
        expect(await versions(traefik)).toEqual(["v1"]);
      });

      test("an image that does not exist is named before a replica is replaced, and the file stays as it is", async () => {
        const before = await site.identities();
        const refused = await site.rollcall("rollout", "web", "--image", "nobody-has-this", "--yes", "--grace", "1s");
        expect(refused).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('rollout.image: local has no image "nobody-has-this"'),
        });
        expect(readFileSync(file, "utf8")).toBe(text());
        expect(await site.identities()).toEqual(before);
      });

      test("under autoRevert a broken image is reverted", async () => {
        const careful = text("rollout: { autoRevert: true, progressDeadline: 30s }\n");
        writeFileSync(file, careful);
        const turned = await site.rollcall("rollout", "web", "--image", broken, "--yes", "--grace", "1s");
        expect(turned).toMatchObject({
          code: 75,
          stderr: expect.stringMatching(/going back.*made from web again/s),
        });
        expect(readFileSync(file, "utf8")).toBe(careful);
        await documentHas(server, 3);
      });

      test("one that is interrupted continues from the files when it is called again", async () => {
        const rolling = site.start(["rollout", "web", "--image", "web-v2", "--yes", "--grace", "1s"]);
        await rolling.says(/web-1: (delete|create)/);
        rolling.signal("SIGINT");
        const interrupted = await rolling.ended;
        expect(interrupted).toMatchObject({
          code: 130,
          stderr: expect.stringContaining("the same command continues from here"),
        });
        expect(readFileSync(file, "utf8")).toContain("partition: 1");
        expect(await site.terraform("state", "list")).toMatchObject({ code: 0 });
        expect(await site.rollcall("rollout", "web", "--yes", "--grace", "1s")).toMatchObject({ code: 0 });
        await documentHas(server, 3);
        expect(await versions(traefik)).toEqual(["v2"]);
      });

      describe("a group of one", () => {
        const done = async (...words: string[]) => {
          const ended = await site.rollcall(...words, "--yes", "--grace", "1s");
          expect(ended, ended.stderr).toMatchObject({ code: 0 });
          return ended;
        };
        const one = async (rollout: string) => {
          writeFileSync(file, text(rollout, 1));
          await done("deploy", "--force");
          await documentHas(server, 1);
        };
        const instances = async () => [...(await site.identities()).keys()].toSorted();

        test("has no server for a while without maxSurge, and with it one at any time", async () => {
          await one("");
          const without = watchFewest(server);
          await done("rollout", "web", "--image", "web-v2");
          expect(await without()).toBe(0);
          await one("rollout: { maxSurge: 1 }\n");
          const fewest = watchFewest(server);
          const { stderr } = await done("rollout", "web", "--image", "web-v2");
          expect(stderr).toMatch(/adding web-1\n.*replacing web-0\n.*removing web-1\n.*made from web-v2/s);
          expect(await fewest()).toBe(1);
          expect(await instances()).toEqual(["web-0"]);
          expect(await versions(traefik)).toEqual(["v2"]);
          expect(readFileSync(file, "utf8")).toContain("rollout: { maxSurge: 1, previous: web }\n");
          await site.takeUpAddresses();
          expect(await site.terraform("plan", "-input=false", "-detailed-exitcode")).toMatchObject({ code: 0 });
        });

        test("that is scaled in the middle of a rollout keeps its count, and an undo after the end goes to the image before", async () => {
          await one("rollout: { maxSurge: 1 }\n");
          const rolling = site.start(["rollout", "web", "--image", "web-v2", "--check", "sleep 60", "--yes"]);
          await rolling.says(/checking web-1/);
          rolling.signal("SIGINT");
          expect(await rolling.ended).toMatchObject({ code: 130 });
          expect(await instances()).toEqual(["web-0", "web-1"]);
          await done("scale", "web=2", "--deploy");
          expect(await instances()).toEqual(["web-0", "web-1", "web-2"]);
          const fewest = watchFewest(server);
          await done("rollout", "web");
          expect(await fewest()).toBe(2);
          expect(await instances()).toEqual(["web-0", "web-1"]);
          expect(await versions(traefik)).toEqual(["v2"]);
          expect((await done("rollout", "web", "--undo")).stdout).toContain("web: web-v2 -> web\n");
          expect(await versions(traefik)).toEqual(["v1"]);
          expect(await instances()).toEqual(["web-0", "web-1"]);
          expect(readFileSync(file, "utf8")).toBe(text("rollout: { maxSurge: 1, previous: web-v2 }\n", 2));
        });

        test("keeps its replica when the image is broken, and autoRevert removes the additional one", async () => {
          const careful = "rollout: { maxSurge: 1, autoRevert: true, progressDeadline: 20s }\n";
          await one(careful);
          const before = await site.identities();
          const fewest = watchFewest(server);
          const turned = await site.rollcall("rollout", "web", "--image", broken, "--yes", "--grace", "1s");
          expect(turned, turned.stderr).toMatchObject({
            code: 75,
            stderr: expect.stringMatching(/removing web-1\n.*web again/s),
          });
          expect(await fewest()).toBe(1);
          expect(await site.identities()).toEqual(before);
          expect(readFileSync(file, "utf8")).toBe(text(careful, 1));
        });
      });

      test("replicas made from an older declaration are said to be", async () => {
        writeFileSync(
          file,
          text().replace("  image: web # as it was built", "  image: web\n  config: { user.colour: blue }"),
        );
        const outdated = async () => (await server.status()).groups[0]?.replicas.map(({ spec }) => spec);
        await until("the server says so", async () => (await outdated())?.every((spec) => spec === "outdated"));
        const { stdout } = await site.rollcall("status");
        expect(stdout.match(/made from an older declaration/g)).toHaveLength(3);
        expect(await site.rollcall("deploy", "--yes", "--grace", "1s")).toMatchObject({
          code: 0,
          stdout: expect.stringContaining("web: 3 to update"),
        });
        expect(await outdated()).toEqual(["current", "current", "current"]);
      });
    },
  );

/** The fewest servers that any document had, from now until it is called. */
function watchFewest(server: Rollcall): () => Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  let over = false;
  const looks: number[] = [];
  const done = until(
    "the watching is over",
    async () => {
      const servers = (await server.servers("web"))?.length ?? 0;
      looks.push(servers);
      fewest = Math.min(fewest, servers);
      return over;
    },
    300_000,
    10,
  );
  return async () => {
    over = true;
    await done;
    tell(`${looks.length} documents looked at: none had fewer than ${fewest} servers`);
    return fewest;
  };
}

/** What versions twelve answers through Traefik are of, and nothing else. */
async function versions(traefik: Traefik): Promise<string[]> {
  const seen = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const { statusCode, body } = await request(`http://${traefik.web}/`, { headers: { host: "web.localhost" } });
    const [, , version = ""] = (await body.text()).trim().split(" ");
    seen.add(statusCode === 200 ? version : String(statusCode));
  }
  return [...seen];
}
