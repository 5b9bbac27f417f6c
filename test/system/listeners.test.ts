import { writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configSchema } from "../../server/config.ts";
import { follow } from "../../server/follow.ts";
import { runHere } from "../support/cli/run-here.ts";
import { type CertificateFiles, certificateFiles } from "../support/network/certificate-files.ts";
import { type KeyPair, opensslMissing } from "../support/network/certificates.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { ground, startRollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

const missing = await opensslMissing();
const house = useHouse();
const sesame = "sesame-sesame-sesame";

describe("a listener that is open to the network", () => {
  test.each(["provider", "admin"])("is refused as %s without a token or tls.clients, unless it is meant", (name) => {
    const parse = (settings: object) =>
      configSchema.safeParse({ [name]: { listen: "192.0.2.1:7072", ...settings } }).error?.issues[0];
    const tls = { certificate: "c", key: "k" };
    for (const settings of [{}, { tls }]) {
      expect(parse(settings)?.path).toEqual([name, "listen"]);
      expect(parse(settings)?.message).toMatch(/open to the network without authentication: add token/);
    }
    for (const settings of [{ token: "t" }, { tls: { ...tls, clients: "ca" } }, { insecure: true }])
      expect(parse(settings)).toBeUndefined();
    expect(configSchema.safeParse({ [name]: { listen: "[::1]:7072" } }).success).toBe(true);
  });

  test("is named by check, with whom it is open to and what is dangerous", async () => {
    const { at } = house();
    at.declare("web", 1);
    const check = async (settings: string) => {
      writeFileSync(join(at.path, "rollcall.yaml"), settings);
      return (await runHere(at.path, ["check"])).stdout;
    };
    expect(await check("provider: { listen: 192.0.2.1:7070, token: t }\n")).toContain(
      "warning: provider.listen 192.0.2.1:7070 sends the token over the network in plain text: add tls\n",
    );
    expect(await check("provider: { listen: 192.0.2.1:7070, insecure: true }\n")).toMatch(
      /^warning: .*without authentication \(insecure\): everybody who reaches it reads the whole document/,
    );
    expect(
      await check("admin: { listen: '[2001:db8::1]:7071', token: t, tls: { certificate: c, key: k, clients: a } }\n"),
    ).toMatch(
      /^admin.listen \[2001:db8::1\]:7071 is open to the network, by https, for clients that show a certificate of tls.clients and have the token\nOK/,
    );
    expect(await check("")).toMatch(/^OK/);
  });

  test("needs its token for every page of admin but /healthz", async () => {
    const { at, start } = house();
    writeFileSync(join(at.path, "token"), sesame, { mode: 0o600 });
    const server = await start({ admin: { listen: "0.0.0.0:0", token: "token" } });
    const url = `http://127.0.0.1:${server.admin.split(":")[1]}`;
    const status = async (path: string, headers = {}) => (await fetch(url + path, { headers })).status;
    for (const path of ["/", "/readyz", "/metrics", "/api/status", "/healthz?x", "/nothing"])
      expect(await status(path), path).toBe(401);
    expect(await status("/healthz")).toBe(200);
    expect(await status("/api/status", { authorization: `Bearer ${sesame}` })).toBe(200);
    expect(server.log()).toContain("sends the token over the network in plain text: add tls");
  });
});

describe.skipIf(missing)("a listener with TLS", () => {
  let files: CertificateFiles;
  const others: { stop(): Promise<unknown> }[] = [];
  beforeAll(async () => {
    files = await certificateFiles();
  });
  afterAll(async () => {
    for (const one of others) await one.stop();
    files.clear();
  });
  const tls = (more = {}) => ({ certificate: files.at("server.crt"), key: files.at("server.key"), ...more });
  const clients = () => ({ clients: files.at("ca.crt") });

  /** One request on a connection of its own. */
  const ask = (address: string, path: string, { own, headers = {} }: { own?: KeyPair; headers?: object } = {}) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const all = { ca: files.pairs.ca.cert, agent: false as const, headers: { ...headers }, ...own };
      const taken = async (answer: IncomingMessage) => resolve({ status: answer.statusCode, body: await text(answer) });
      request(`https://${address}${path}`, all, taken).once("error", reject).end();
    });

  async function start(settings: Record<string, unknown>) {
    house().at.declare("web", 1);
    await house().launch("web-0");
    const server = await house().start(settings);
    await until("it is ready", () => server.log().includes('"published"'));
    return server;
  }

  test("serves with its token alone, and says once what was wrong with others, without any token", async () => {
    const server = await start({
      provider: { listen: "127.0.0.1:0", tls: tls(), token: files.at("token") },
    });
    const path = "/traefik?hold=off";
    expect((await ask(server.provider, path, { headers: { authorization: `Bearer ${sesame}` } })).status).toBe(200);
    for (let i = 0; i < 5; i++) {
      expect((await ask(server.provider, path)).status).toBe(401);
      expect((await ask(server.provider, path, { headers: { authorization: "Bearer guess-guess" } })).status).toBe(401);
    }
    await fetch(`http://${server.provider}${path}`).catch(() => {});
    await new Promise<void>((over) =>
      connect({ port: Number(server.provider.split(":")[1]), maxVersion: "TLSv1.1", minVersion: "TLSv1" }, over)
        .once("error", () => over())
        .once("close", () => over()),
    );
    await until("both are said", () => /plain http/.test(server.log()) && /too old/.test(server.log()));
    const log = server.log();
    expect(log.match(/a client was refused: it sent no token/g)).toHaveLength(1);
    expect(log.match(/a client was refused: it sent a wrong token/g)).toHaveLength(1);
    expect(JSON.stringify(await server.status())).not.toMatch(/sesame|guess/);
    expect(log).not.toMatch(/sesame|guess/);
  });

  test("lets in whoever shows a certificate of its authority, and nobody without one on a resumed session", async () => {
    const server = await start({ provider: { listen: "127.0.0.1:0", tls: tls(clients()) } });
    const { client, late } = files.pairs;
    expect((await ask(server.provider, "/traefik", { own: client })).status).toBe(200);
    const refused = await ask(server.provider, "/traefik");
    expect([refused.status, JSON.parse(refused.body).detail]).toEqual([
      403,
      expect.stringContaining("it showed no certificate"),
    ]);
    expect(await ask(server.provider, "/traefik", { own: files.strangers.client })).toMatchObject({
      status: 403,
      body: expect.stringContaining("no authority of tls.clients signed its certificate"),
    });
    expect((await ask(server.provider, "/traefik", { own: late })).status).toBe(403);
    const once = (session?: Buffer) =>
      new Promise<{ answer: string; session: Buffer | undefined; reused: boolean }>((resolve, reject) => {
        let kept: Buffer | undefined;
        let answer = "";
        const port = Number(server.provider.split(":")[1]);
        const socket = connect({ host: "127.0.0.1", port, ca: files.pairs.ca.cert, ...(session && { session }) });
        socket.on("session", (given) => (kept = given));
        socket.on("data", (chunk) => (answer += chunk));
        socket.on("error", reject);
        let reused = false;
        socket.on("secureConnect", () => {
          reused = socket.isSessionReused();
          socket.write("GET /traefik HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        });
        socket.on("close", () => resolve({ answer, session: kept, reused }));
      });
    const first = await once();
    expect(first.answer).toContain("403 Forbidden");
    const resumed = await once(first.session);
    expect([resumed.reused, resumed.answer]).toEqual([true, expect.stringContaining("403 Forbidden")]);
  });

  test("is reached by the verbs of its configuration, which trust that certificate alone and show their own", async () => {
    const { at } = house();
    const listener = { listen: "127.0.0.1:0", tls: tls(clients()), token: files.at("token") };
    const server = await start({ provider: listener, admin: listener });
    const verbs = { certificate: files.at("client.crt"), key: files.at("client.key") };
    const run = (change: object, ...args: string[]) => {
      const of = (address: string) => ({ ...listener, listen: address });
      const config = { provider: of(server.provider), admin: of(server.admin), verbs, ...change };
      writeFileSync(join(at.path, "rollcall.yaml"), JSON.stringify(config));
      return runHere(at.path, args);
    };
    expect(await run({}, "status")).toMatchObject({ code: 0, stdout: expect.stringContaining("200 ready") });
    expect(await run({}, "render")).toMatchObject({ code: 0, stdout: expect.stringContaining("web.localhost") });
    expect((await run({}, "drain", "web-0", "--grace", "0s", "--force")).stderr).toContain(
      "web-0: no Traefik polls; drained",
    );
    expect((await run({ verbs: {} }, "status")).stderr).toMatch(/refuses this client: it showed no certificate/);
    const newer = { certificate: files.at("newer.crt"), key: files.at("newer.key"), ...clients() };
    const other = { ...listener, listen: server.admin, tls: newer };
    expect((await run({ admin: other }, "status")).stderr).toMatch(/no server answers at/);
    const wrong = { ...listener, listen: server.provider, token: files.at("wrong-token") };
    expect((await run({ provider: wrong }, "render")).stderr).toMatch(/the token of this configuration is not that/);
  });

  test("is followed with a token and a client certificate", async () => {
    const server = await start({
      provider: { listen: "127.0.0.1:0", tls: tls(clients()), token: files.at("token") },
    });
    const own = { ca: files.at("ca.crt"), certificate: files.at("client.crt"), key: files.at("client.key") };
    const place = ground();
    const url = `https://${server.provider}`;
    const follower = await startRollcall(
      place,
      "/nowhere",
      { follow: [{ url, token: files.at("token"), tls: own }] },
      follow,
    );
    others.push(follower, { stop: async () => place.clear() });
    await serving(follower, 1);
    const wrong = ground();
    const refused = await startRollcall(wrong, "/nowhere", { follow: [{ url, tls: own }] }, follow);
    others.push(refused, { stop: async () => wrong.clear() });
    await until("it says so", async () => /needs a token/.test((await refused.status()).sources[0]?.problem ?? ""));
  });

  test("does not start with a certificate that can't be used, and says why", async () => {
    const begin = (settings: object) => house().start({ provider: { listen: "127.0.0.1:0", tls: tls(settings) } });
    await expect(begin({ key: files.at("client.key") })).rejects.toThrow("is not the key of");
    await expect(begin({ certificate: files.at("token") })).rejects.toThrow("holds no certificate in PEM");
    await expect(begin({ key: files.at("none.key") })).rejects.toThrow("provider.tls: ");
    await expect(begin({ certificate: files.at("late.crt"), key: files.at("late.key") })).rejects.toThrow("expired on");
    await expect(house().start({ provider: { listen: "127.0.0.1:0", token: files.at("none") } })).rejects.toThrow(
      "provider.token: there is no",
    );
  });
});
