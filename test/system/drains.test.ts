import { chmodSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openToken } from "../../server/writes.ts";
import { serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

const house = useHouse();
const tokenFile = () => join(house().at.path, "state", "admin-token");

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Asks for a write with the token of the state directory, unless a test says otherwise. */
async function ask(
  server: Rollcall,
  body: object | string,
  { method = "POST", path = "/api/drains", headers }: Asked = {},
) {
  const answer = await fetch(`http://${server.admin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${readFileSync(tokenFile(), "utf8").trim()}`,
      "content-type": "application/json",
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

/** A server with a group of two replicas. */
async function twoReplicas(settings = {}) {
  const { at, launch, start } = house();
  at.declare("web", 2);
  await launch("web-0", "web-1");
  const server = await start(settings);
  await serving(server, 2);
  return server;
}
/** Polls as a Traefik of that name, on a connection of its own. */
const poll = (server: Rollcall) =>
  new Promise((done, fail) => {
    const polled = get(`${server.endpoint}?hold=off&name=edge1`, { agent: false }, (answer) =>
      answer.resume().once("end", done),
    );
    polled.once("error", fail);
  });
const web1 = "local/default/web-1";
const drainWeb1 = { targets: ["web-1"], by: "ann", grace: "0s" };

describe.concurrent("a drain", () => {
  test("takes an instance out, is over when the live poller has read that, and can be taken back", async () => {
    const server = await twoReplicas();
    await poll(server);
    expect(await ask(server, drainWeb1)).toMatchObject({
      status: 200,
      body: { set: [web1], already: [], ignored: [], notKept: null },
    });
    const row = async () => (await server.status()).marks[0];
    const waits = await until("it waits for the poller", async () => {
      const now = await row();
      return now?.step === "waiting-for-pollers" && now.waitsFor.includes("edge1") && now;
    });
    expect(waits).toMatchObject({ source: "local", project: "default", instance: "web-1", by: "ann" });
    await until("the poller has it", async () => {
      await poll(server);
      // What this test looks at polls too.
      await server.servers("web");
      return (await row())?.step === "drained";
    });
    expect(await server.servers("web")).toHaveLength(1);
    const { replicas } = (await server.status()).groups[0] ?? {};
    expect(replicas?.[1]).toMatchObject({
      state: "leaving",
      reason: "leaving",
      detail: expect.stringMatching(/^drained by ann, until 2/),
    });
    expect(await ask(server, { targets: ["web-1"] }, { method: "DELETE" })).toMatchObject({ body: { ended: [web1] } });
    expect(await serving(server, 2)).toHaveLength(2);
  });

  test("of the last member is refused with 409, and names the group", async () => {
    const server = await twoReplicas();
    const { status, body } = await ask(server, { targets: ["web"] });
    expect([status, body.detail]).toEqual([409, expect.stringMatching(/^web would have no member left/)]);
    expect(await ask(server, { targets: ["web"], force: true })).toMatchObject({
      body: { set: [expect.anything(), web1] },
    });
    expect(await serving(server, 0)).toEqual([]);
  });

  test("of the last instance of a service that labels declare is refused too", async () => {
    const { driver, lxd, start } = house();
    const labels = { allow: { default: { hosts: ["blog.test"] } } };
    const server = await start({ sources: [{ name: "local", url: `unix://${lxd.socket}`, labels }] });
    const config = {
      "user.traefik.enable": "true",
      "user.traefik.http.routers.blog.rule": "Host(`blog.test`)",
      "user.traefik.http.services.blog.loadbalancer.server.port": "3000",
    };
    await driver.launch("blog-0", { config });
    await driver.launch("blog-1", { config });
    await serving(server, 2, "blog");
    expect(await ask(server, { targets: ["blog-0"] })).toMatchObject({ status: 200 });
    await serving(server, 1, "blog");
    const { status, body } = await ask(server, { targets: ["blog-1"] });
    expect([status, body.detail]).toEqual([
      409,
      expect.stringMatching(/^http.services.blog would have no member left/),
    ]);
  });

  // By itself: it is about time.
  test.sequential("ends at its deadline, and when its instance is gone", async () => {
    const server = await twoReplicas();
    await ask(server, { ...drainWeb1, for: "1s" });
    await serving(server, 1);
    await serving(server, 2);
    await ask(server, drainWeb1);
    await serving(server, 1);
    await house().driver.remove("web-1");
    await until("it is gone", async () => (await server.status()).marks.length === 0);
    expect(server.log()).toContain(`the drain of ${web1} has ended: the instance is gone`);
  });

  test("does not concern another instance under its name: that joins", async () => {
    const server = await twoReplicas();
    await ask(server, drainWeb1);
    const [, address] = (await server.status()).groups[0]?.replicas.map((row) => row.address) ?? [];
    await serving(server, 1);
    const { driver, launch } = house();
    await driver.remove("web-1");
    await launch("web-1");
    await serving(server, 2);
    const status = await server.status();
    expect(status.marks).toEqual([]);
    expect(status.groups[0]?.replicas[1]?.address).not.toBe(address);
  });

  test("waits for nobody while no document was ever given to anybody", async () => {
    const { at, launch, start } = house();
    at.declare("web", 2);
    await launch("web-0");
    const server = await start();
    await until("web-0 is there", async () => (await server.status()).groups[0]?.present === 1);
    await poll(server);
    expect((await server.document()).status).toBe(423);
    await ask(server, { ...drainWeb1, targets: ["web-0"] });
    expect((await server.status()).marks).toMatchObject([{ instance: "web-0", step: "drained" }]);
  });

  test("is kept over a restart, also while the daemon is down, and waits for pollers that may not have polled yet", async () => {
    const server = await twoReplicas();
    await ask(server, drainWeb1);
    await serving(server, 1);
    await server.stop();
    const { lxd, start } = house();
    await lxd.goAway();
    const again = await start();
    await serving(again, 1);
    const { marks } = await again.status();
    expect(marks).toMatchObject([{ instance: "web-1", by: "ann", step: "waiting-for-pollers", waitsFor: [] }]);
    await lxd.comeBack();
    await until("it was listed", async () => (await again.status()).stale.length === 0);
    expect(await again.servers("web")).toHaveLength(1);
  });

  test("waits for a file that is the only output, then until Traefik has loaded it, then for its grace", async () => {
    const { at, launch, start } = house();
    at.declare("web", 2);
    await launch("web-0", "web-1");
    const file = join(at.path, "watched", "rollcall.yml");
    mkdirSync(join(at.path, "watched"));
    const server = await start({ outputs: [{ file }] });
    // Nothing here polls.
    const output = async () => (await server.status()).outputs[0];
    const before = await until("it is written", async () => {
      const now = await output();
      return now?.state === "written" && now.version;
    });
    rmSync(file);
    mkdirSync(file);
    await ask(server, { ...drainWeb1, grace: "2s" });
    await until("the file can't be written", async () => (await output())?.state === "failing");
    const row = async () => (await server.status()).marks[0];
    expect(await row()).toMatchObject({ step: "waiting-for-traefik", waitsFor: [`file ${file}`] });
    rmdirSync(file);
    await until("it is written", async () => (await output())?.state === "written");
    const written = performance.now();
    expect((await output())?.version).not.toBe(before);
    await until("its grace runs", async () => (await row())?.step === "grace");
    await until("it is over", async () => (await row())?.step === "drained");
    // Of the five seconds that Traefik may take and the two of grace, one for the looks of this test.
    expect(performance.now() - written).toBeGreaterThan(6000);
  });

  test("that can't be written to disk holds, and its answer says why it would not survive a restart", async () => {
    const server = await twoReplicas();
    const blocked = join(house().at.path, "state", "memory.json.new");
    await until("no write is under way", () => {
      try {
        mkdirSync(blocked);
        return true;
      } catch {
        return false;
      }
    });
    const { status, body } = await ask(server, drainWeb1);
    expect([status, body.notKept]).toEqual([200, expect.stringContaining("memory.json")]);
    expect(await serving(server, 1)).toHaveLength(1);
    rmdirSync(blocked);
  });
});

describe.concurrent("a write", () => {
  test("without the right token is 401 on every path, one line in the log, and shows the token nowhere", async () => {
    const server = await twoReplicas();
    const wrong = ["", "Bearer", "Bearer 0123456789abcdef0123456789abcdef", "Basic YTpi"];
    const paths = [
      ["POST", "/api/drains"],
      ["DELETE", "/api/drains"],
      ["POST", "/api/accept/local"],
    ] as const;
    for (const authorization of wrong)
      for (const [method, path] of paths) {
        const answer = await ask(server, drainWeb1, { method, path, headers: { authorization } });
        expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      }
    expect(server.log().match(/a write without the right token was denied/g)).toHaveLength(1);
    const status = await server.status();
    expect(status.marks).toEqual([]);
    expect(server.log() + JSON.stringify(status)).not.toContain(readFileSync(tokenFile(), "utf8").trim());
  });

  test("that can't be done changes nothing, and its answer says where and why", async () => {
    const server = await twoReplicas();
    const form = { headers: { "content-type": "text/plain" } };
    const rows: [object | string, number, string | RegExp, Asked?][] = [
      ["a=1", 415, "the body is JSON: Content-Type: application/json", form],
      ["{", 400, "the body is not JSON"],
      ["x".repeat(1024 * 1024 + 1), 413, "the body has more than 1mb"],
      [{ targets: ["web-1"], forse: true }, 400, 'forse: unknown key, did you mean "force"?'],
      [{ targets: ["web-1"], for: "9h9" }, 400, /^for: a time is text such as/],
      [{ targets: ["web-1"], grace: "2h" }, 400, "grace: at most 1h"],
      [{ targets: [] }, 400, "targets: must hold 1 or more"],
      [{ targets: ["wep-1"] }, 404, /did you mean "web-1"\?$/],
      [{}, 404, 'there is no source of that name, did you mean "local"?', { path: "/api/accept/locl" }],
    ];
    for (const [body, status, detail, asked] of rows) {
      const answer = await ask(server, body, asked);
      const said = typeof detail === "string" ? detail : expect.stringMatching(detail);
      expect([answer.status, answer.body.detail]).toEqual([status, said]);
    }
    expect((await server.status()).marks).toEqual([]);
  });

  test("from a page of another origin is given no leave to be sent", async () => {
    const server = await twoReplicas();
    const asked = {
      method: "OPTIONS",
      headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
    };
    const answer = await fetch(`http://${server.admin}/api/drains`, asked);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("accepts what the listings of a source say", async () => {
    const server = await twoReplicas();
    expect(await ask(server, {}, { path: "/api/accept/local" })).toMatchObject({ status: 200, body: {} });
  });
});

describe.concurrent("the token", () => {
  test("that a full disk does not let be made keeps no server from starting; writes are refused until it can be", async () => {
    const said: object[] = [];
    const log = { error: (line: object) => void said.push(line) };
    const failing = (code: string) => ({ read: () => Promise.reject(Object.assign(new Error(code), { code })) });
    await openToken(failing("ENOSPC"), log);
    expect(said).toHaveLength(1);
    await expect(openToken(failing("EACCES"), log)).rejects.toThrow("EACCES");
  });

  test("is made for this user alone, and is the same after a restart", async () => {
    const server = await twoReplicas();
    const token = readFileSync(tokenFile(), "utf8");
    expect([statSync(tokenFile()).mode & 0o777, token.trim().length]).toEqual([0o600, 43]);
    await server.stop();
    await house().start();
    expect(readFileSync(tokenFile(), "utf8")).toBe(token);
  });

  test("may be in a file that the configuration names", async () => {
    const { at, start } = house();
    at.declare("web", 1);
    writeFileSync(join(at.path, "token"), "a-token-of-my-own\n", { mode: 0o640 });
    const server = await start({ admin: { listen: "127.0.0.1:0", token: "token" } });
    const authorization = "Bearer a-token-of-my-own";
    mkdirSync(join(at.path, "state"), { recursive: true });
    writeFileSync(tokenFile(), "");
    expect(await ask(server, {}, { path: "/api/accept/local", headers: { authorization } })).toMatchObject({
      status: 200,
    });
  });

  test.each<[string, string | undefined, number, RegExp]>([
    ["that everybody can read", "a-token-of-my-own", 0o644, /token can be read by everybody: chmod o= /],
    ["that others can write", "a-token-of-my-own", 0o660, /token can be written by others: chmod go-w /],
    ["that is too short", "short", 0o600, /token holds no token: one is 16 characters or more/],
    [
      "that is not there",
      undefined,
      0,
      /admin\.token: there is no .+token: make it, such as with openssl rand -hex 32/,
    ],
  ])("keeps a server from starting, with the cure, if it is in a file %s", async (_, text, mode, said) => {
    const { at, start } = house();
    const file = join(at.path, "token");
    if (text !== undefined) writeFileSync(file, text);
    if (text !== undefined) chmodSync(file, mode);
    await expect(start({ admin: { listen: "127.0.0.1:0", token: "token" } })).rejects.toThrow(said);
  });
});
