import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../../embedded-daemon/daemon.ts";
import { createDriver, type Driver } from "../../../embedded-daemon/driver.ts";
import type { TlsFiles } from "../../../server/access/key-files.ts";
import { plain } from "../../../server/access/tls.ts";
import { createClient, type DaemonClient } from "../../../server/platform/client.ts";
import { createUnheard } from "../../../server/platform/unheard.ts";
import type { Instance } from "../../../server/roll-call/observed.ts";
import { type KeyPair, makeCertificates, opensslMissing } from "../../support/network/certificates.ts";
import { type HttpsFront, openHttpsFront } from "../../support/network/https-front.ts";
import { watchSource } from "../../support/server/source.ts";
import { until } from "../../support/until.ts";

const missing = await opensslMissing();

describe.skipIf(missing)("a daemon by https", () => {
  let directory: string;
  let lxd: EmbeddedDaemon;
  let driver: Driver;
  let pairs: Readonly<Record<"server" | "other" | "expired" | "client" | "late" | "named" | "ca", KeyPair>>;
  const fronts: HttpsFront[] = [];
  const clients: DaemonClient[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "rollcall-https-"));
    const own = { isSelfSigned: true };
    pairs = await makeCertificates({
      server: { subject: "/CN=root@lxd", names: ["DNS:lxd"], ...own },
      other: { subject: "/CN=root@other", ...own },
      expired: { subject: "/CN=root@lxd", isExpired: true },
      client: { subject: "/CN=rollcall", ...own },
      late: { subject: "/CN=rollcall", isExpired: true },
      named: { subject: "/CN=lxd", names: ["IP:127.0.0.1"] },
    });
    for (const [name, { cert, key }] of Object.entries(pairs)) {
      writeFileSync(join(directory, `${name}.crt`), cert);
      writeFileSync(join(directory, `${name}.key`), key, { mode: 0o600 });
    }
    writeFileSync(join(directory, "open.key"), pairs.client.key, { mode: 0o644 });
    writeFileSync(join(directory, "token"), "sesame\n", { mode: 0o600 });
    lxd = await createEmbeddedDaemon();
    driver = createDriver(lxd.socket);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const front of fronts.splice(0)) await front[Symbol.asyncDispose]();
  });
  afterAll(async () => {
    await driver.close();
    await lxd.close();
    rmSync(directory, { recursive: true });
  });

  const at = (file: string) => join(directory, file);
  const printOf = ({ cert }: KeyPair) => plain(new X509Certificate(cert).fingerprint256);
  const client = { certificate: "client.crt", key: "client.key" };
  async function front(pair: KeyPair = pairs.server) {
    const one = await openHttpsFront(lxd.socket, pair);
    one.trusted.set(printOf(pairs.client), "all");
    fronts.push(one);
    return one;
  }
  function files({ fingerprint, ...paths }: TlsFiles): TlsFiles {
    return { fingerprint, ...Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, at(file ?? "")])) };
  }
  function reach(urls: readonly string[], tls: TlsFiles) {
    const made = createClient({ urls, tls: files(tls) });
    clients.push(made);
    return made;
  }
  const ask = (one: DaemonClient) => one.get("/1.0", z.object({ auth: z.string() }));
  const said = (one: DaemonClient) =>
    ask(one).then(
      ({ auth }) => auth,
      ({ message }: Error) => message,
    );

  test("is trusted by its fingerprint alone, though its certificate names another host", async () => {
    const { url, fingerprint, seen } = await front();
    expect(await said(reach([url], { fingerprint, ...client }))).toBe("trusted");
    expect(seen).toEqual([`GET /1.0 ${printOf(pairs.client)} `]);
  });

  test("that shows another certificate is sent nothing: no request, no certificate, no token", async () => {
    const { url, seen, fingerprint } = await front(pairs.other);
    const pinned = printOf(pairs.server);
    const words = await said(reach([url], { fingerprint: pinned, token: "token" }));
    expect(words).toContain(
      `it shows the certificate ${fingerprint.slice(0, 12)}, not the pinned ${pinned.slice(0, 12)}: nothing was sent`,
    );
    expect(seen).toEqual([]);
  });

  test("is trusted by the authority that signed its certificate, or by its own certificate as one", async () => {
    expect(await said(reach([(await front(pairs.named)).url], { ca: "ca.crt", ...client }))).toBe("trusted");
    const { url, fingerprint } = await front(pairs.named);
    expect(await said(reach([url], { fingerprint, ...client }))).toBe("trusted");
  });

  const cases: readonly (readonly [string, "server" | "named" | "expired", TlsFiles, RegExp])[] = [
    [
      "no pin and no authority",
      "server",
      client,
      /shows a certificate that nothing here vouches for: pin it with tls\.fingerprint/,
    ],
    [
      "another name in it",
      "server",
      { ca: "server.crt", ...client },
      /is for another name: .*pin it with tls\.fingerprint/,
    ],
    [
      "a server's certificate that has expired",
      "expired",
      client,
      /the certificate of https:.* has expired: remove server\.crt/,
    ],
    [
      "a client's that has",
      "server",
      { certificate: "late.crt", key: "late.key" },
      /own certificate .*late\.crt expired on/,
    ],
    [
      "a key that others can read",
      "server",
      { ...client, key: "open.key" },
      /open\.key can be read by others: chmod 600/,
    ],
    ["a file that is missing", "server", { ...client, key: "no.key" }, /no\.key: does not exist/],
    [
      "a file that is no certificate",
      "server",
      { certificate: "token", key: "client.key" },
      /token holds no certificate in PEM/,
    ],
    ["a token file that others can read", "server", { token: "open.key" }, /open\.key can be read by others/],
    ["a token file that holds none", "server", { token: "client.key" }, /client\.key holds no token/],
  ];
  test.each(cases)("%s is said, with the cure", async (name, pair, tls, words) => {
    const { url, fingerprint } = await front(pairs[pair]);
    const pin = /^(no pin|another name)/.test(name) ? undefined : fingerprint;
    const message = await said(reach([url], { fingerprint: pin, ...tls }));
    expect(message).toMatch(words);
    expect(message).not.toContain("sesame");
  });

  test("that is none, or not there, or silent, is said", async () => {
    const listen = (server: ReturnType<typeof createServer>) =>
      new Promise<number>((resolve) =>
        server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
      );
    const plainHttp = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const silent = createServer(() => {});
    const [spoken, port] = [await listen(plainHttp), await listen(silent)];
    const pin = { fingerprint: printOf(pairs.server), ...client };
    const at = (one: number) => said(reach([`https://127.0.0.1:${one}`], pin));
    try {
      const [words, hung] = await Promise.all([at(spoken), at(port)]);
      expect(words).toMatch(/doesn't speak TLS: is the port right\?/);
      expect(hung).toMatch(/opens no connection within 5 s/);
      expect(await at(1)).toMatch(/nothing listens at https:\/\/127\.0\.0\.1:1: .*core\.https_address/);
    } finally {
      plainHttp.close();
      silent.close();
    }
  });

  test("is asked with a bearer token, if it has one", async () => {
    const { url, fingerprint, seen } = await front();
    expect(await said(reach([url], { fingerprint, token: "token" }))).toBe("untrusted");
    expect(seen).toEqual(["GET /1.0 nobody Bearer sesame"]);
  });

  test("of several URLs the next is used when one doesn't answer, for events too", async () => {
    const [first, second] = [await front(), await front()];
    const endpoint = { urls: [first.url, second.url], tls: files({ fingerprint: first.fingerprint, ...client }) };
    await using watched = watchSource(lxd.socket, { endpoint });
    await until("events come", () => watched.source.status().eventsProblem === undefined);
    expect(watched.source.status().endpoint).toBe(first.url);
    await first[Symbol.asyncDispose]();
    await until("the second is used", () => watched.source.status().endpoint === second.url);
    await until("events come by it", () => second.seen.some((one) => one.includes("/1.0/events")));
    await driver.create("web-0");
    await until("web-0 is listed", () => watched.instance("web-0") !== undefined);
    expect(watched.source.status().problem).toBeUndefined();
    fronts.splice(fronts.indexOf(first), 1);
  });

  test("the first URL is used again when it answers again", async () => {
    const [first, second] = [await front(), await front()];
    const tls = files({ fingerprint: first.fingerprint, ...client });
    const made = createClient({ urls: [first.url, second.url], tls }, { backAfter: 100 });
    clients.push(made);
    first.hangs = true;
    await expect(made.get("/1.0", z.unknown(), 500)).rejects.toThrow("no whole answer within 0.5 s");
    await ask(made);
    expect(made.where()).toBe(second.url);
    first.hangs = false;
    await until("the first is used", async () => (await ask(made)) && made.where() === first.url);
    expect(await said(made)).toBe("trusted");
  });

  test("restricted to some projects is asked for these alone, events too", async () => {
    const one = await front();
    one.trusted.set(printOf(pairs.client), ["default", "second"]);
    await driver.createProject("second");
    const endpoint = { urls: [one.url], tls: files({ fingerprint: one.fingerprint, ...client }) };
    {
      await using watched = watchSource(lxd.socket, { endpoint, projects: ["default", "second"] });
      await until("events come", () => watched.source.status().eventsProblem === undefined);
      await driver.create("web-1");
      await until("an event made it look", () => watched.instance("web-1") !== undefined);
      expect(watched.source.status().problem).toBeUndefined();
      const events = one.seen.filter((line) => line.includes("/1.0/events"));
      expect(events.map((line) => /&project=(\w+) /.exec(line)?.[1]).sort()).toEqual(["default", "second"]);
      expect(one.seen.join()).not.toContain("all-projects");
    }
    one.trusted.set(printOf(pairs.client), ["second"]);
    await using watched = watchSource(lxd.socket, { endpoint, projects: ["second", "default"] });
    await until("it is refused", () => watched.source.status().problem !== undefined);
    expect(watched.source.status().problem).toMatch(
      /403 not authorized: rollcall's certificate may not read project default; `config trust list` .* shows its projects/,
    );
  });

  test("of which all projects are read has a stream for each that the client may see, and others when these change", async () => {
    const one = await front();
    one.trusted.set(printOf(pairs.client), ["shop"]);
    await driver.createProject("shop");
    await driver.createProject("till");
    const endpoint = { urls: [one.url], tls: files({ fingerprint: one.fingerprint, ...client }) };
    await using watched = watchSource(lxd.socket, { endpoint, projects: "all" });
    await until("the first look", () => watched.listing("shop"));
    await until("events come", () => watched.source.status().eventsProblem === undefined);
    expect(watched.listing("till")).toBeUndefined();
    one.trusted.set(printOf(pairs.client), ["shop", "till"]);
    watched.source.lookAgain();
    await until("another stream", () => one.seen.some((line) => /events.*&project=till /.test(line)));
    await until("the look after it", () => watched.source.status().reconnects === 1);
    const till = createDriver(lxd.socket, { project: "till" });
    await till.create("till-0");
    await till.close();
    await until("an event made it look", () => watched.listing("till")?.instances?.has("till-0"));
    expect(one.seen.join()).not.toContain("all-projects");
    expect(watched.source.status().problem).toBeUndefined();
    expect(watched.log()).not.toContain("no events");
  });

  test.each([
    [
      "a certificate that is not trusted",
      client,
      /rollcall's certificate is not trusted there: enrol one with rollcall trust add/,
    ],
    ["a token that the daemon can't read", { token: "token" }, /knows no bearer tokens \(LXD does from 6\.7 on/],
  ])("%s is said", async (_, tls, words) => {
    const one = await front();
    one.trusted.clear();
    const endpoint = { urls: [one.url], tls: files({ fingerprint: one.fingerprint, ...tls }) };
    await using watched = watchSource(lxd.socket, { endpoint });
    await until("it is refused", () => words.test(watched.source.status().problem ?? ""));
    expect(watched.log()).not.toContain("sesame");
  });

  test("whose events can't be seen is listed often, and that is said", () => {
    const unheard = createUnheard();
    const web = (state: "running" | "stopped") => [{ name: "web-0", state }] as Instance[];
    unheard.look(web("running"), 0);
    unheard.look(web("stopped"), 1000);
    expect([unheard.problem(5000), unheard.problem(6001)]).toEqual([
      undefined,
      expect.stringMatching(/no event tells/),
    ]);
    unheard.hear();
    expect(unheard.problem(7000)).toBeUndefined();
    unheard.look(web("running"), 8000);
    unheard.look(web("running"), 9000);
    expect(unheard.problem(99_000)).toBeUndefined();
    unheard.forget();
    unheard.look(web("stopped"), 100_000);
    expect(unheard.problem(200_000)).toBeUndefined();
  });
});
