import { Agent, request } from "undici";
import { expect, test } from "vitest";
import { pause, tell } from "../../support/measure.ts";
import { until } from "../../support/until.ts";
import type { GoldenStage, How } from "./golden-stage.ts";

/** To whom requests go: the servers of one service, and services of services. */
export function services(golden: () => GoldenStage): void {
  /** How often each of them answers. */
  async function answersOf(host: string, count: number, how: (index: number) => How = () => ({})) {
    const counts: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const name = (await golden().ask(host, how(i))).text.trim().split(/[\s-]/)[0] ?? "";
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }
  const fromClient = (index: number) => ({ from: `127.0.2.${index + 1}` });

  test.each(["wrr", "p2c", "leasttime"])("the strategy %s reaches every server", async (strategy) => {
    const counts = await answersOf(`${strategy}.test`, 60);
    expect(Object.keys(counts).sort()).toEqual(["one", "three", "two"]);
  });

  test("the strategy hrw reaches every server, and for one client always the same", async () => {
    const servers = new Set<string>();
    for (let client = 0; client < 16; client++) {
      const [server = "", ...others] = Object.keys(await answersOf("hrw.test", 3, () => fromClient(client)));
      expect(others).toEqual([]);
      servers.add(server);
    }
    expect(servers.size).toBe(3);
  });

  test("a weight is a server's share", async () => {
    expect(await answersOf("heavier.test", 40)).toEqual({ one: 30, two: 10 });
  });

  test("preservePath keeps the path of the server's URL, and passHostHeader: false its host", async () => {
    expect((await golden().ask("base-path.test", { path: "/x" })).asked().url).toBe("/base/x");
    expect((await golden().ask("own-host.test")).asked().headers.host).toBe(golden().backends.echo.address);
  });

  test("sticky holds a visitor to one server, with a cookie as it is written", async () => {
    const first = await golden().ask("sticky.test");
    const cookie = String(first.headers["set-cookie"]);
    expect(cookie.split("; ").slice(1).sort()).toEqual(
      ["Domain=sticky.test", "HttpOnly", "Max-Age=60", "Path=/shop", "SameSite=Strict", "Secure"].sort(),
    );
    expect(cookie).toMatch(/^server=/);
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    expect(await answersOf("sticky.test", 6, () => ({ headers }))).toEqual({ [first.text]: 6 });
  });

  test.each([
    ["same-site-lax.test", "Lax"],
    ["same-site-none.test", "None"],
    ["split-none.test", "None"],
    ["split-strict.test", "Strict"],
  ])("%s: the cookie is SameSite=%s", async (host, word) => {
    expect(String((await golden().ask(host)).headers["set-cookie"])).toMatch(new RegExp(`; SameSite=${word}$`));
  });

  test("responseForwarding.flushInterval says how soon a part of an answer is passed on", async () => {
    const firstPart = async (host: string) => {
      const agent = new Agent();
      const began = performance.now();
      const answer = await request(`http://${golden().traefik.web}`, { headers: { host }, dispatcher: agent });
      for await (const _ of answer.body) break;
      await agent.destroy();
      return performance.now() - began;
    };
    const [flushed, gathered] = [await firstPart("flushed.test"), await firstPart("gathered.test")];
    tell(`the first part of a halting answer: ${Math.round(flushed)} ms flushed, ${Math.round(gathered)} ms gathered`);
    expect(gathered - flushed).toBeGreaterThan(150);
  });

  test("a middleware of the service is asked whatever the router", async () => {
    expect((await golden().ask("guarded.test")).asked().headers["x-of-the-service"]).toBe("yes");
  });

  test("weighted shares requests out among groups, and a cookie holds a visitor to one", async () => {
    expect(await answersOf("split.test", 50)).toEqual({ web: 45, next: 5 });
    const first = await golden().ask("sticky-split.test");
    const [cookie = ""] = [first.headers["set-cookie"] ?? ""].flat();
    expect(cookie).toMatch(/^group=.*; Path=\/; Domain=sticky-split.test; Max-Age=60; HttpOnly; Secure; SameSite=Lax$/);
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    const group = first.text.split("-")[0] ?? "";
    expect(await answersOf("sticky-split.test", 6, () => ({ headers }))).toEqual({ [group]: 6 });
  });

  test("a group is sticky by its own file", async () => {
    const first = await golden().ask("web.test");
    const headers = { cookie: String(first.headers["set-cookie"]).split(";")[0] ?? "" };
    expect(first.text).toMatch(/^web-[01] /);
    for (let i = 0; i < 4; i++) expect((await golden().ask("web.test", { headers })).text).toBe(first.text);
  });

  test("mirroring sends copies with their bodies, as many as it is told, and none that are too large", async () => {
    const { mirror, halfMirror } = golden().backends;
    const post = (body: string, path = "/mirrored") => golden().ask("mirrored.test", { path, method: "POST", body });
    for (let i = 0; i < 10; i++) expect((await post(`body ${i}`)).asked().body).toBe(`body ${i}`);
    await until("every copy has come", () => mirror.requests.length >= 10 && halfMirror.requests.length >= 5);
    await pause(50);
    expect(mirror.requests.map(({ body }) => body).sort()).toEqual(Array.from({ length: 10 }, (_, i) => `body ${i}`));
    expect(halfMirror.requests.length).toBe(5);
    expect((await post("x".repeat(200), "/too-large")).status).toBe(200);
    await pause(50);
    expect(mirror.asked).not.toContain("/too-large");
  });

  test("mirroring without mirrorBody sends copies without their bodies", async () => {
    const { mirror } = golden().backends;
    const sent = { path: "/without", method: "POST", body: "secret" } as const;
    expect((await golden().ask("mirrored-without-body.test", sent)).asked().body).toBe("secret");
    const copy = await until("the copy has come", () => mirror.requests.find(({ url }) => url === "/without"));
    expect(copy.body).toBe("");
  });

  test("failover by status asks the other service, unless the body is too large to send again", async () => {
    const post = (path: string, body: string) =>
      golden().ask("failover-by-status.test", { path, method: "POST", body });
    expect((await post("/status/404", "short")).status).toBe(404);
    expect((await post("/status/503", "short")).text).toMatch(/^next-0/);
    expect((await post("/status/503", "longer than ten")).text).not.toMatch(/^next-0/);
  });

  test("highestRandomWeight gives one client always the same service, and others the other", async () => {
    const groups = new Set<string>();
    for (let client = 0; client < 16; client++) {
      const [group = "", ...others] = Object.keys(await answersOf("random-weight.test", 3, () => fromClient(client)));
      expect(others).toEqual([]);
      groups.add(group);
    }
    expect([...groups].sort()).toEqual(["next", "web"]);
  });
}
