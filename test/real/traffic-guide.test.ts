import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { httpTarget, type Target } from "../support/network/targets.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { documentHas, openStage, type Stage, traefikHas } from "../support/real/stage.ts";
import type { Traefik } from "../support/traefik/traefik.ts";

/** docs/guides/traffic.md, as it is except for the address of the auth server: its files are written, and its requests made. */

const { binary, missing } = await realTraefik("3.7.15");
const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];
const guide = readFileSync(resolve(import.meta.dirname, "../../docs/guides/traffic.md"), "utf8");
const files = [...guide.matchAll(/```yaml\n# ((?:groups|routes)\/\S+)\n(.*?)```/gs)].map(
  ([, name = "", text = ""]) => ({ name, text }),
);
const requests = [
  ...guide.matchAll(/^\$ curl -H 'Host: (\S+)'(?: -H '(\S+): (\S+)')? http:\/\/127\.0\.0\.1(\S+)\n(\S+)$/gm),
].map(([, host = "", name, value = "", path = "", answer = ""]) => ({
  host,
  headers: name ? { [name]: value } : {},
  path,
  answer,
}));

test("every block of the guide is a file of a place of its own, and every request is read", () => {
  expect(files.length).toBe(guide.match(/```yaml/g)?.length);
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  expect(requests.length).toBe(guide.match(/^\$ curl/gm)?.length);
});

describe.skipIf(missing !== undefined)(titled("the guide to traffic, through the real Traefik", missing), () => {
  let lxd: EmbeddedDaemon;
  let stage: Stage;
  let traefik: Traefik;
  let auth: Target;
  beforeAll(async () => {
    lxd = await createEmbeddedDaemon();
    auth = await httpTarget((_, response) => response.writeHead(401).end());
    stage = await openStage({ socket: lxd.socket, project: "rollcall-traffic", binary });
    mkdirSync(join(stage.path, "routes"));
    for (const { name, text } of files) {
      const inProject = text.replaceAll(/^name: .*$/gm, (line) => `${line}\nproject: ${stage.project}`);
      const written = name.startsWith("groups/") ? inProject : text.replace("127.0.0.1:4181", auth.address);
      writeFileSync(join(stage.path, name), written);
    }
    await stage.launch(["web-0", "web-1", "web-next-0", "pages-0", "vault-0"]);
    const server = await stage.serve();
    await documentHas(server, 2);
    await documentHas(server, 1, "vault");
    const { problems, remarks } = (await server.status()).routes;
    const changed = remarks.filter(({ state }) => ["left-out", "previous", "pruned", "altered"].includes(state));
    expect([...problems, ...changed]).toEqual([]);
    traefik = await stage.traefik(quick);
    await traefikHas(traefik, 2);
    await traefikHas(traefik, 1, 20_000, "vault");
  });
  afterAll(async () => {
    await stage?.close();
    await auth?.close();
    await lxd?.close();
  });

  /** The name of the replica that answered, or the status. */
  async function answerOf(host: string, { headers = {}, path = "/", from = "127.0.0.1" } = {}) {
    const agent = new Agent({ localAddress: from });
    try {
      const answer = await request(`http://${traefik.web}${path}`, {
        headers: { host, ...headers },
        dispatcher: agent,
      });
      const [name = ""] = (await answer.body.text()).trim().split(/\s/);
      const cookie = [answer.headers["set-cookie"] ?? ""].flat()[0]?.split(";")[0] ?? "";
      return { said: answer.statusCode === 200 ? name : String(answer.statusCode), name, cookie };
    } finally {
      await agent.destroy();
    }
  }
  /** How often each group answers, or each status. */
  async function shares(host: string, count: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const group = (await answerOf(host)).said.replace(/-\d+$/, "");
      counts[group] = (counts[group] ?? 0) + 1;
    }
    return counts;
  }

  test("Traefik finds nothing wrong with it", async () => {
    const overview = await traefik.api<{ http: object }>("/api/overview");
    for (const counts of Object.values(overview.http)) expect(counts).toMatchObject({ warnings: 0, errors: 0 });
  });

  test.each(requests)("$host$path with $headers is answered by $answer", async ({ host, headers, path, answer }) => {
    expect((await answerOf(host, { headers, path })).said).toBe(answer);
  });

  test("one request of ten goes to the canary", async () => {
    expect(await shares("shop.localhost", 20)).toEqual({ web: 18, "web-next": 2 });
  });

  test("a cookie holds a visitor to his group, and his address does elsewhere", async () => {
    const groupOf = (name: string) => name.replace(/-\d+$/, "");
    const first = await answerOf("sticky.localhost");
    const again = await answerOf("sticky.localhost", { headers: { cookie: first.cookie } });
    expect(groupOf(again.said)).toBe(groupOf(first.said));
    const groups = new Set<string>();
    for (let client = 1; client <= 16; client++) {
      const from = `127.0.3.${client}`;
      const [one, other] = [
        await answerOf("by-address.localhost", { from }),
        await answerOf("by-address.localhost", { from }),
      ];
      expect(groupOf(other.said)).toBe(groupOf(one.said));
      groups.add(groupOf(one.said));
    }
    expect([...groups].sort()).toEqual(["web", "web-next"]);
  });

  test("clients that ask for the next version get it, others don't, and mirrors' answers are ignored", async () => {
    expect(await shares("ab.localhost", 4)).toEqual({ web: 4 });
    expect(await shares("mirrored.localhost", 4)).toEqual({ web: 4 });
  });

  test("if no replica is left another group answers, or makes the page", async () => {
    expect([(await answerOf("safe.localhost")).said, (await answerOf("shown.localhost")).said]).toEqual([
      "web-next-0",
      "web-next-0",
    ]);
    await stage.driver.stop("web-next-0");
    await traefikHas(traefik, 0, 20_000, "web-next");
    expect((await answerOf("safe.localhost")).said).toBe("pages-0");
    expect(await answerOf("shown.localhost")).toMatchObject({ said: "503", name: "pages-0" });
    expect(await shares("shop.localhost", 20)).toEqual({ web: 18, "503": 2 });
    expect(await shares("shop-safe.localhost", 20)).toEqual({ web: 20 });
  });
});
