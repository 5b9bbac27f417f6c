import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer, type RequestListener } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, createServer as createNetServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AskOptions, type OpenAccess, openAccess } from "../../../server/access/open-access.ts";
import { accessFrom, accessSchema } from "../../../server/access/settings.ts";
import { type KeyPair, makeCertificates, opensslMissing } from "../../support/network/certificates.ts";

const missing = await opensslMissing();

describe("how another server is reached, as it is written", () => {
  test("a url alone stands for itself; files are relative to the configuration", () => {
    expect(accessFrom(accessSchema.parse("http://127.0.0.1:7071"), "/etc")).toEqual({
      url: "http://127.0.0.1:7071",
      tls: {},
    });
    const written = {
      url: "https://b:7071",
      token: "token",
      tls: { ca: "ca.crt", certificate: "/c.crt", key: "c.key" },
    };
    expect(accessFrom(accessSchema.parse(written), "/etc")).toEqual({
      url: "https://b:7071",
      token: "/etc/token",
      tls: { ca: "/etc/ca.crt", certificate: "/c.crt", key: "/etc/c.key" },
    });
  });

  test.each([
    ["https://me:secret@b:7071", /without credentials/],
    ["b:7071", /http or https address/],
    [{ url: "https://b", tls: { key: "k" } }, /belong together/],
    [{ url: "http://b", tls: { ca: "ca.crt" } }, /is for an https address/],
    [{ url: "https://b", tls: { insecure: true } }, /insecure/],
  ])("%j is refused", (written, words) => {
    const { error } = accessSchema.safeParse(written);
    expect(error?.issues[0]?.message).toMatch(words);
    expect(error?.message).not.toContain("secret");
  });
});

describe.skipIf(missing)("another server", () => {
  let directory: string;
  let pairs: Readonly<Record<"ca" | "server" | "other" | "expired" | "self" | "client" | "late", KeyPair>>;
  const servers: Server[] = [];
  const ways: OpenAccess[] = [];
  const at = (file: string) => join(directory, file);

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "rollcall-access-"));
    const names = ["IP:127.0.0.1"];
    pairs = await makeCertificates({
      server: { subject: "/CN=b", names },
      other: { subject: "/CN=c", names: ["DNS:c.test"] },
      expired: { subject: "/CN=b", names, isExpired: true },
      self: { subject: "/CN=b", names, isSelfSigned: true },
      client: { subject: "/CN=a" },
      late: { subject: "/CN=a", isExpired: true },
    });
    for (const [name, { cert, key }] of Object.entries(pairs)) {
      writeFileSync(at(`${name}.crt`), cert);
      writeFileSync(at(`${name}.key`), key, { mode: 0o600 });
    }
    writeFileSync(at("open"), "sesame", { mode: 0o644 });
  });
  afterEach(async () => {
    for (const way of ways.splice(0)) await way.close();
    for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  async function bound(server: Server): Promise<string> {
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const https = async (answer: RequestListener, { cert, key } = pairs.server, more: TlsOptions = {}) =>
    `https://${await bound(createServer({ cert, key, ...more }, answer))}`;
  function open(url: string, { token, ...tls }: Readonly<Record<string, string>> = {}) {
    const files = Object.fromEntries(Object.entries(tls).map(([name, file]) => [name, at(file)]));
    const way = openAccess(accessSchema.parse({ url, ...(token && { token: at(token) }), tls: files }));
    ways.push(way);
    return way;
  }
  const ask = (way: OpenAccess, options: Partial<AskOptions> = {}) =>
    way.request("/api/status", { signal: new AbortController().signal, ...options });
  const said = (way: OpenAccess, options: Partial<AskOptions> = {}) =>
    ask(way, options).then(
      ({ status, body }) => `${status} ${body}`,
      ({ message }: Error) => message,
    );
  const echo: RequestListener = ({ method, url, headers }, response) =>
    void response.end(`${method} ${url} ${headers.authorization}`);
  const status =
    (code: number, body = ""): RequestListener =>
    (_, response) =>
      void response.writeHead(code).end(body);
  const ca = { ca: "ca.crt" };

  test("is trusted by its authority, or by its own certificate, and given the token as it is now", async () => {
    writeFileSync(at("token"), "sesame\n", { mode: 0o600 });
    const way = open(await https(echo), { ...ca, token: "token" });
    expect(await said(way)).toBe("200 GET /api/status Bearer sesame");
    writeFileSync(at("token"), "poppy\n");
    expect(await said(way)).toBe("200 GET /api/status Bearer poppy");
    expect(await said(open(await https(echo, pairs.self), { ca: "self.crt" }))).toBe("200 GET /api/status undefined");
  });

  test("is shown the certificate that it needs", async () => {
    const needed = { requestCert: true, ca: pairs.ca.cert };
    const own = { certificate: "client.crt", key: "client.key" };
    expect(await said(open(await https(echo, pairs.server, needed), { ...ca, ...own }))).toMatch(/^200 /);
  });

  const cases: readonly (readonly [string, () => Promise<OpenAccess>, RegExp])[] = [
    ["an unknown authority", async () => open(await https(echo)), /that nothing here vouches for: .*tls\.ca/],
    ["another name", async () => open(await https(echo, pairs.other), ca), /is for another name/],
    [
      "one that has expired",
      async () => open(await https(echo, pairs.expired), { ca: "expired.crt" }),
      /the certificate of .* has expired/,
    ],
    [
      "no certificate for one that needs it",
      async () => open(await https(echo, pairs.server, { requestCert: true, ca: pairs.ca.cert }), ca),
      /refuses? rollcall's certificate, or needs? one/,
    ],
    [
      "its own that has expired",
      async () => open(await https(echo), { ...ca, certificate: "late.crt", key: "late.key" }),
      /own certificate .*late\.crt expired on/,
    ],
    [
      "a key of another certificate",
      async () => open(await https(echo), { ...ca, certificate: "client.crt", key: "server.key" }),
      /tls\.key is not the key of tls\.certificate/,
    ],
    ["no token for one that needs it", async () => open(await https(status(401)), ca), /needs a token: name its file/],
    [
      "a token that is not taken",
      async () => open(await https(status(401)), { ...ca, token: "server.key.token" }),
      /doesn't take the token of .*server\.key\.token/,
    ],
    ["a token that others can read", async () => open(await https(echo), { ...ca, token: "open" }), /read by others/],
    [
      "a refusal with its reason",
      async () => open(await https(status(403, '{"detail":"the certificate is of another day"}')), ca),
      /refuses this client: the certificate is of another day/,
    ],
    ["a host that is not answered", async () => open(await https(status(421)), ca), /add 127\.0\.0\.1 to hosts there/],
    ["nobody", async () => open("http://127.0.0.1:1"), /^nothing listens at http:\/\/127\.0\.0\.1:1$/],
    [
      "one that speaks no TLS",
      async () => open(`https://${await bound(createPlainServer(echo))}`, ca),
      /doesn't speak TLS: is the port right/,
    ],
    [
      "one that hangs up",
      async () => open(`http://${await bound(createNetServer((socket) => socket.destroy()))}`),
      /closes the connection without an answer$/,
    ],
  ];
  test.each(cases)("%s is said in its own words, without the secret", async (_, way, words) => {
    writeFileSync(at("server.key.token"), "sesame", { mode: 0o600 });
    const message = await said(await way());
    expect(message).toMatch(words);
    expect(message).not.toContain("sesame");
    expect(cases.filter(([, , others]) => others.test(message))).toHaveLength(1);
  });

  test("that hangs is given up after the deadline; who asked may give up earlier", async () => {
    const url = `http://${await bound(createPlainServer(() => {}))}`;
    expect(await said(open(url), { deadline: 50 })).toBe(`${url}: no whole answer within 0.05 s`);
    await expect(ask(open(url), { signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
  });

  test("whose answer is too long is read no further", async () => {
    const way = open(`http://${await bound(createPlainServer(status(200, "x".repeat(2000))))}`);
    expect(await said(way, { longest: 1000 })).toMatch(/an answer of more than/);
  });
});
