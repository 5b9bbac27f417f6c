import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { follow } from "../../server/follow.ts";
import { pause, serving, useHouse } from "../support/server/house.ts";
import { type Ground, ground, type Rollcall, startRollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";
import { useEach } from "../support/use-each.ts";

const house = useHouse();

/** Followers of a test; each has a ground of its own unless it is named. */
const followers = useEach(
  async () => {
    const grounds: Ground[] = [];
    const running: Rollcall[] = [];
    return {
      place() {
        const one = ground();
        grounds.push(one);
        return one;
      },
      async start(urls: readonly string[], at: Ground, more = {}) {
        const settings = { follow: urls, traefik: { version: "3.7" }, ...more };
        const one = await startRollcall(at, "/nowhere", settings, follow);
        running.push(one);
        return one;
      },
      async end() {
        await Promise.all(running.map((one) => one.stop()));
        for (const one of grounds) one.clear();
      },
    };
  },
  (all) => all.end(),
);
const following = (...urls: string[]) => followers().start(urls, followers().place());
const urlOf = ({ provider }: Rollcall) => `http://${provider}`;

async function upstream(settings = {}) {
  const { at, launch, start } = house();
  at.declare("web", 2);
  await launch("web-0", "web-1");
  const server = await start(settings);
  // Without a poll, which would count for drains.
  await until("it is ready", async () => (await server.status()).status === 200);
  return server;
}

/** Polls as a Traefik of that name. */
const poll = (server: Rollcall, name = "edge1") =>
  new Promise((done, fail) => {
    const polled = get(`${server.endpoint}?hold=off&name=${name}`, { agent: false }, (answer) =>
      answer.resume().once("end", done),
    );
    polled.once("error", fail);
  });

async function drainWeb1(server: Rollcall) {
  const token = readFileSync(join(house().at.path, "state", "admin-token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ targets: ["web-1"], by: "ann", grace: "0s" });
  const answer = await fetch(`http://${server.admin}/api/drains`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
}
const drain = async (server: Rollcall) => (await server.status()).marks[0];
const follows = (server: Rollcall) =>
  until("it is followed", async () => (await server.status()).pollers.some(({ live, current }) => live && current));

/** A server that answers each request with what `answer` says now. */
async function standIn(answer: { status: number; etag: string; body: string | Buffer }) {
  const server = createServer(({ headers }, response) => {
    // A text is not packed.
    const isPacked = typeof answer.body !== "string";
    if (isPacked) response.setHeader("Content-Encoding", headers["accept-encoding"] ?? "not asked for");
    response.writeHead(answer.status, { ETag: `"${answer.etag}"` }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
const versionOf = (body: string) => createHash("sha256").update(body).digest("hex");

describe.concurrent("a follower", () => {
  test("serves the same bytes with the same version, and each change", async () => {
    const server = await upstream();
    const follower = await following(urlOf(server));
    await serving(follower, 2);
    expect(await follower.document()).toMatchObject(
      await server.document().then(({ status, version, body }) => ({ status, version, body })),
    );
    await house().driver.stop("web-1");
    await serving(follower, 1);
    expect((await follower.document()).version).toBe((await server.document()).version);
    expect(await follower.status()).toMatchObject({ state: "ready", sources: [{ endpoint: urlOf(server), up: true }] });
  });

  test("acknowledges a drain once its own poller has read it, also through another follower", async () => {
    const server = await upstream();
    const middle = await following(urlOf(server));
    const edge = await following(urlOf(middle));
    await until("the edge has it", async () => (await edge.status()).status === 200);
    await poll(edge);
    await poll(edge);
    await follows(server);
    await drainWeb1(server);
    await until("the edge has a document without it", async () => (await edge.status()).ordinal === 2);
    await until("the drain waits for the follower", async () => (await drain(server))?.step === "waiting-for-pollers");
    // Its poller has not polled: several polls of both followers change nothing.
    await pause(1500);
    expect(await drain(server)).toMatchObject({ step: "waiting-for-pollers" });
    await poll(edge);
    await poll(edge);
    await until("the drain is over", async () => (await drain(server))?.step === "drained");
  });

  test("acknowledges a drain once its own outputs have it, and Traefik has had the time to load it", async () => {
    const server = await upstream();
    const at = followers().place();
    const file = join(at.path, "watched", "rollcall.yml");
    mkdirSync(join(at.path, "watched"));
    const follower = await followers().start([urlOf(server)], at, { outputs: [{ file }] });
    const output = async () => (await follower.status()).outputs[0]?.state;
    await until("it is written", async () => (await output()) === "written");
    rmSync(file);
    mkdirSync(file);
    await drainWeb1(server);
    await until("it can't be written", async () => (await output()) === "failing");
    await until("the follower is given it", async () => (await server.status()).pollers.some(({ current }) => current));
    expect(await drain(server)).toMatchObject({ step: "waiting-for-pollers" });
    rmdirSync(file);
    await until("it is written", async () => (await output()) === "written");
    const written = performance.now();
    await until("the drain is over", async () => (await drain(server))?.step === "drained");
    // Of the five seconds that Traefik may take, one for the looks of this test.
    expect(performance.now() - written).toBeGreaterThan(4000);
  });

  test("serves what it kept when it starts again while every upstream is gone, and refuses drains with the place", async () => {
    const server = await upstream();
    const at = followers().place();
    const first = await followers().start([urlOf(server)], at);
    await serving(first, 2);
    const { version } = await first.document();
    await first.stop();
    await server.stop();
    const again = await followers().start([urlOf(server)], at);
    expect(await again.document()).toMatchObject({ status: 200, version });
    const rows = () => again.status().then(({ sources }) => sources[0]?.problem ?? "not asked yet");
    await until("it says so", async () => /nothing listens/.test(await rows()));
    const token = readFileSync(join(at.path, "state", "admin-token"), "utf8").trim();
    const refused = await fetch(`http://${again.admin}/api/drains`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ targets: ["web-1"], by: "ann", grace: "0s" }),
    });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain(`drain there`);
    await again.stop();
    writeFileSync(join(at.path, "state", "document.json"), `${version}\n{}`);
    const third = await followers().start([urlOf(server)], at);
    expect((await third.document()).status).toBe(423);
    expect(third.log()).toContain("not those of the version");
  });

  test("refuses bytes of another version and what Traefik would not take, keeps its document and asks the next upstream", async () => {
    const good = JSON.stringify({
      http: { services: { a: { loadBalancer: { servers: [{ url: "http://192.0.2.1" }] } } } },
    });
    const answer = { status: 200, etag: versionOf(good), body: gzipSync(good) };
    const one = await standIn(answer);
    const follower = await following(one.url);
    await until("it has it", async () => (await follower.document()).body === good);
    const problem = async () => (await follower.status()).sources[0]?.problem ?? "";
    Object.assign(answer, { body: Buffer.from(`${good} `) });
    await until("wrong bytes are said", async () => /not those of the version/.test(await problem()));
    const bad = '{"http":{"services":3}}';
    Object.assign(answer, { body: bad, etag: versionOf(bad) });
    await until("a bad document is said", async () => /Traefik would not take/.test(await problem()));
    Object.assign(answer, { status: 423 });
    await until("a lock is said", async () => /423/.test(await problem()));
    expect((await follower.document()).body).toBe(good);
    one.close();
  });

  test("follows the next upstream when the first is gone", async () => {
    const server = await upstream();
    const gone = await standIn({ status: 200, etag: "", body: "" });
    gone.close();
    const follower = await following(gone.url, urlOf(server));
    await serving(follower, 2);
    expect(await follower.status()).toMatchObject({ sources: [{ up: false }, { up: true }] });
  });

  test("shares its state directory with no other server", async () => {
    const at = followers().place();
    await followers().start(["http://127.0.0.1:9"], at);
    await expect(followers().start(["http://127.0.0.1:9"], at)).rejects.toThrow("set state to another directory");
  });
});
