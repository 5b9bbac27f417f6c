import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runHere } from "../support/cli/run-here.ts";
import { type CertificateFiles, certificateFiles } from "../support/network/certificate-files.ts";
import { opensslMissing } from "../support/network/certificates.ts";
import { markOf, useStreet } from "../support/server/peers.ts";
import { until } from "../support/until.ts";

const missing = await opensslMissing();
const street = useStreet();

describe.skipIf(missing !== undefined)("between servers with TLS, client certificates and a token", () => {
  let keys: CertificateFiles;
  beforeAll(async () => {
    keys = await certificateFiles();
  });
  afterAll(() => keys?.clear());

  test("the right keys share, each wrong one has its own sentence, and a server's own URL counts for nothing", async () => {
    const { declare, launch, start, relays, write } = street();
    declare(1, "a", "b");
    await launch("web-0");
    const { at } = keys;
    const tls = { certificate: at("server.crt"), key: at("server.key"), clients: at("ca.crt") };
    const admin = { listen: "127.0.0.1:0", tls, token: at("token") };
    const b = await start("b", [], { admin });
    const url = `https://${relays.b.address}`;
    const own = { ca: at("ca.crt"), certificate: at("client.crt"), key: at("client.key") };
    const right = { url, token: at("token"), tls: own };
    const wrong: readonly (readonly [string, object])[] = [
      [`${url} doesn't take the token of ${at("wrong-token")}`, { ...right, token: at("wrong-token") }],
      [`${url} needs a token: name its file with token`, { ...right, token: undefined }],
      [
        `${url} shows a certificate that nothing here vouches for: name the file of its authority, or of the certificate itself, with tls.ca`,
        { ...right, tls: { ...own, ca: at("stranger-ca.crt") } },
      ],
      [
        `${url} refuses this client: it showed no certificate; many clients show one only if an authority of tls.clients signed it`,
        { ...right, tls: { ca: own.ca } },
      ],
      [
        `${url} refuses this client: no authority of tls.clients signed its certificate`,
        { ...right, tls: { ...own, certificate: at("stranger-client.crt"), key: at("stranger-client.key") } },
      ],
      [
        `${url.replace("https", "http")} closes the connection without an answer`,
        { url: url.replace("https", "http"), token: at("token") },
      ],
    ];
    const a = await start("a", [right, "a", ...wrong.map(([, peer]) => peer)]);
    const rows = await until("every peer was asked", async () => {
      const { peers } = await a.status();
      return peers[1]?.state === "itself" && peers.every(({ problem }) => problem !== "has not answered yet") && peers;
    });
    expect(rows.slice(0, 2).map(({ state }) => state)).toEqual(["agrees", "itself"]);
    expect(rows.slice(2).map(({ problem }) => problem)).toEqual(wrong.map(([words]) => words));
    // b has no peers: it is said that it takes nothing over, and a drain waits for it.
    await write(a, "POST", { targets: ["web-0"], by: "ann", grace: "0s", force: true });
    expect(await markOf(a, ({ step }) => step === "waiting-for-peers", "web-0")).toMatchObject({
      detail: expect.stringContaining(`peer ${url}: has not taken the drain over yet`),
    });
    for (const said of [a.log(), b.log(), JSON.stringify(await a.status())])
      expect(said).not.toMatch(/sesame|wrong-wrong/);
  });
});

test("check says with whom drains are shared, and warns of peers and upstreams by plain http", async () => {
  const { at } = street();
  at.a.declare("web", 1);
  writeFileSync(
    join(at.a.path, "rollcall.yaml"),
    "peers: ['https://b:7071', 'http://10.0.0.2:7071', 'http://[::1]:7071']\nfollow: ['http://10.0.0.3:7070', 'http://localhost:7070']\n",
  );
  const { stdout } = await runHere(at.a.path, ["check"]);
  expect(stdout).toMatch(/^drains, accepts and memory are shared with https:\/\/b:7071, http:\/\/10.0.0.2:7071, /);
  expect(stdout).toMatch(
    /^warning: peers: http:\/\/10.0.0.2:7071 is plain http: .*\nwarning: follow: http:\/\/10.0.0.3:7070 is plain http: .*\nOK/m,
  );
});
