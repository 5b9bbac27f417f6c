import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addSource } from "../../cli/edit/add-source.ts";
import { createEmbeddedDaemon, type EmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import { loadConfig } from "../../server/config-file.ts";
import { runHere } from "../support/cli/run-here.ts";
import { type KeyPair, makeCertificates, opensslMissing } from "../support/network/certificates.ts";
import { type HttpsFront, openHttpsFront } from "../support/network/https-front.ts";

const missing = await opensslMissing();

describe.skipIf(missing)("rollcall trust add", () => {
  let lxd: EmbeddedDaemon;
  let pairs: Readonly<Record<"server" | "other" | "ca", KeyPair>>;
  let directory: string;
  let file: string;
  let front: HttpsFront;

  beforeAll(async () => {
    lxd = await createEmbeddedDaemon();
    const own = { isSelfSigned: true };
    pairs = await makeCertificates({ server: { subject: "/CN=lxd", ...own }, other: { subject: "/CN=other", ...own } });
  });
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "rollcall-trust-"));
    file = join(directory, "rollcall.yaml");
    front = await openHttpsFront(lxd.socket, pairs.server);
  });
  afterEach(async () => {
    await front[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  afterAll(() => lxd.close());

  /** The token goes in by a file, unless it is typed. */
  function add(token: string, { name = "edge", url = front.url, typed = false } = {}) {
    const path = join(directory, "token");
    writeFileSync(path, `${token}\n`);
    const words = ["trust", "add", name, url, "--config", file, ...(typed ? [] : ["--token-file", path])];
    return runHere(undefined, words, {}, typed ? `${token}\n` : undefined);
  }
  const load = () => loadConfig({ flag: file, environment: {}, from: directory });

  test("enrols, pins the server, writes a key that only its user can read, and adds the source beside what the file says", async () => {
    writeFileSync(file, "# ours\nsources:\n  - name: here # this machine\n\n# the end\nresync: 60s\n");
    const token = front.token(["default"]);
    const { code, stdout, stderr } = await add(token);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`${front.url} has the certificate ${front.fingerprint.slice(0, 12)} that the token names`);
    expect(stdout).toContain("lxd 5.0.2 trusts it as edge, for default");
    expect(stdout).not.toContain(token);
    const [key, certificate] = ["key", "crt"].map((end) => join(directory, "keys", `edge.${end}`)) as [string, string];
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toBe(
      `# ours\nsources:\n  - name: here # this machine\n  - name: edge\n    url: ${front.url}\n    tls:\n      fingerprint: ${front.fingerprint}\n` +
        "      certificate: keys/edge.crt\n      key: keys/edge.key\n    projects:\n      - default\n\n# the end\nresync: 60s\n",
    );
    const [, source] = (await load()).sources;
    expect(source).toMatchObject({ url: front.url, tls: { fingerprint: front.fingerprint, key, certificate } });
  });

  test("asks for the token on a terminal, without a configuration too, whose one source stays", async () => {
    const { code, stdout, stderr } = await add(front.token("all"), { typed: true });
    expect([code, stdout]).toEqual([0, expect.stringContaining("for all projects")]);
    expect(stderr).not.toContain("eyJ");
    expect((await load()).sources.map(({ name }) => name)).toEqual(["local", "edge"]);
  });

  test.each<[string, () => [string, Parameters<typeof add>[1]?], RegExp]>([
    ["a token that was used", () => [used()], /the token was used already/],
    [
      "another server than the token's",
      () => [front.token("all", { fingerprint: "0".repeat(64) })],
      /it shows the certificate .* nothing was sent/,
    ],
    [
      "a token that has expired",
      () => [front.token("all", { expires_at: "2020-01-01T00:00:00Z" })],
      /the token expired on 2020/,
    ],
    ["what is no token", () => ["sesame"], /this is no join token/],
    ["no token at all", () => [" "], /there is no token/],
    ["a name that is taken", () => [front.token("all"), { name: "here" }], /has a source here already/],
    ["a name that can't be one", () => [front.token("all"), { name: "a b" }], /a name has letters, digits/],
    [
      "an address that is none",
      () => [front.token("all"), { url: "edge:8443" }],
      /a source is a socket, .* or an https endpoint/,
    ],
    [
      "a machine that is not there",
      () => [front.token("all"), { url: "https://127.0.0.1:1" }],
      /nothing listens at https/,
    ],
  ])("%s is an error, and leaves nothing behind", async (_, given, words) => {
    const text = "sources: # ours\n  - name: here\n";
    writeFileSync(file, text);
    const [token, how] = given();
    const { code, stdout, stderr } = await add(token, how);
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(words)]);
    expect(stderr).not.toMatch(/sesame-|eyJ/);
    expect(readFileSync(file, "utf8")).toBe(text);
    const keys = join(directory, "keys");
    expect(existsSync(keys)).toBe(false);
    expect([...front.trusted]).toEqual([]);
  });
  /** One that this daemon does not know any more. */
  function used(): string {
    const fields = { client_name: "edge", fingerprint: front.fingerprint, addresses: [], secret: "sesame-used" };
    return Buffer.from(JSON.stringify(fields)).toString("base64");
  }

  test("a key that is there already is not written over", async () => {
    mkdirSync(join(directory, "keys"));
    writeFileSync(join(directory, "keys", "edge.key"), "mine");
    chmodSync(join(directory, "keys", "edge.key"), 0o600);
    const { code, stderr } = await add(front.token("all"));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/edge\.key: a file is in the way; remove it/)]);
    expect(readFileSync(join(directory, "keys", "edge.key"), "utf8")).toBe("mine");
    expect([...front.trusted]).toEqual([]);
  });
});

describe("a source is added to the configuration", () => {
  const source = { name: "b", url: "https://b:8443" };
  test.each([
    ["", "sources:\n  - name: local\n  - name: b\n    url: https://b:8443\n"],
    ["gate: complete", "gate: complete\nsources:\n  - name: local\n  - name: b\n    url: https://b:8443\n"],
    ["sources:\n- name: a # x\n", "sources:\n- name: a # x\n- name: b\n  url: https://b:8443\n"],
    [
      "sources:\n  - name: a\n    projects: [x]",
      "sources:\n  - name: a\n    projects: [x]\n  - name: b\n    url: https://b:8443\n",
    ],
  ])("%j", (before, after) => expect(addSource(before, source)).toBe(after));

  test("or is shown, if it can't be without changing more", () => {
    expect(() => addSource("sources: [{ name: a }]\n", source)).toThrow(/by hand\nsources:\n {2}- name: b\n/);
  });
});
