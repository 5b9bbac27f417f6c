import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { createEtcdClient } from "../../server/outputs/etcd/client.ts";
import { makeCertificates, opensslMissing } from "../support/network/certificates.ts";
import { etcdMissing, startEtcd } from "../support/real/etcd.ts";
import { failure, one, read, two, url, writerTo } from "../support/real/etcd-writer.ts";
import { titled } from "../support/real/parts.ts";
import { until } from "../support/until.ts";

const noTls = (await etcdMissing()) ?? (await opensslMissing());
describe.skipIf(noTls)(titled("what etcd refuses", noTls), () => {
  async function started(environment: Readonly<Record<string, string>> = {}) {
    const etcd = await startEtcd(1, environment);
    onTestFinished(() => etcd.down());
    return etcd;
  }
  const folder = mkdtempSync(join(tmpdir(), "rollcall-etcd-keys-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  test("a wrong password, no user, and a role that may not: each its sentence, none with the password", async () => {
    const etcd = await started();
    const [endpoint = ""] = etcd.endpoints;
    for (const words of [
      "user add root:hunter2",
      "user add rollcall:hunter3",
      "role add rollcall",
      "role grant-permission rollcall readwrite --prefix=true traefik/",
      "user grant-role root root",
      "user grant-role rollcall rollcall",
      "auth enable",
    ])
      await etcd.ctl(...words.split(" "));
    const access = { endpoints: [endpoint], username: "rollcall" };
    const put = (more: object) => failure(writerTo({ ...access, ...more }).put(one));
    expect(await put({ username: undefined })).toContain("user name is empty: etcd asks for a user");
    expect(await put({ password: file("wrong", "hunter4") })).toBe(
      `${endpoint}: etcdserver: authentication failed, invalid user ID or password: see \`username\`, and the file that \`password\` names`,
    );
    expect(await put({ password: join(folder, "none") })).toBe(`${join(folder, "none")}: does not exist`);
    const password = file("right", "hunter3\n");
    expect(await put({ password })).toContain("permission denied: its user needs a role that may read and write");
    await etcd.ctl(
      "--user",
      "root:hunter2",
      ..."role grant-permission rollcall readwrite --prefix=true rollcall/".split(" "),
    );
    const writer = writerTo({ ...access, password });
    expect((await writer.put(one)).standby).toBeUndefined();
    // Its tokens are forgotten.
    await etcd.act("kill", 1);
    await etcd.act("start", 1);
    await until("it is written", async () => (await failure(writer.look(two))) === "nothing failed");
    await writer.close();
  });

  test("an unknown authority, another name, no client certificate: each its sentence; with the right keys it writes", async () => {
    const keys = await makeCertificates({
      server: { subject: "/CN=etcd.test", names: ["IP:127.0.0.1"] },
      client: { subject: "/CN=rollcall" },
    });
    const ca = file("ca.pem", keys.ca.cert);
    const etcd = await started({
      ETCD_CERT_FILE: file("server.pem", keys.server.cert),
      ETCD_KEY_FILE: file("server.key", keys.server.key),
      ETCD_TRUSTED_CA_FILE: ca,
      ETCD_CLIENT_CERT_AUTH: "true",
    });
    const [endpoint = ""] = etcd.endpoints;
    const own = { certificate: file("client.pem", keys.client.cert), key: file("client.key", keys.client.key) };
    const put = (tls: object, at = endpoint) => failure(writerTo({ endpoints: [at], tls }).put(one));
    expect(await put(own)).toContain(
      "shows a certificate that nothing here vouches for: name the file of its authority, or of the certificate itself, with tls.ca",
    );
    expect(await put({ ca, ...own })).toMatch(/^the certificate of https:\S+ is for another name/);
    expect(await put({}, endpoint.replace("https", "http"))).toContain(
      "the connection was cut: has etcd ended, or does it expect https",
    );
    // etcd reads its certificate anew for each connection.
    const later = await makeCertificates({
      server: { subject: "/CN=etcd.test", names: [`IP:${new URL(endpoint).hostname}`] },
    });
    file("server.pem", later.server.cert);
    file("server.key", later.server.key);
    file("ca.pem", later.ca.cert);
    expect(await put({ ca })).toMatch(
      /or a client certificate \(see tls\.certificate\)|refuses rollcall.s certificate, or needs one/,
    );
    expect(await put({ ca, ...own })).toBe("nothing failed");
  });

  test("its space used up: the sentence says how to free it, and once it is free the document is written", async () => {
    const etcd = await started({ ETCD_QUOTA_BACKEND_BYTES: String(1024 * 1024) });
    const writer = writerTo(etcd);
    await writer.put(one);
    const filler = createEtcdClient({ endpoints: etcd.endpoints });
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await filler.txn([], [{ put: "x", value: Buffer.alloc(100_000) }]);
    };
    expect(await failure(fill())).toContain("database space exceeded");
    expect(await failure(writer.put(two))).toContain(
      "etcd takes no more writes (alarm NOSPACE): compact and defragment it",
    );
    const { revision } = await filler.txn([], [{ range: { key: "x" } }]);
    await etcd.ctl("compact", String(revision));
    await etcd.ctl("defrag");
    await etcd.ctl("alarm", "disarm");
    await until("it is written", async () => (await failure(writer.look(two))) === "nothing failed");
    expect(await read(etcd, url)).toBe("http://127.0.0.1:2");
    filler.close();
    await writer.close();
  });
});
