import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type KeyPair, makeCertificates, opensslMissing } from "../support/network/certificates.ts";
import { titled } from "../support/real/parts.ts";
import { startFollower } from "../support/server/follower.ts";
import { serving, useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { until } from "../support/until.ts";

const missing = await opensslMissing();
const house = useHouse();

describe.skipIf(missing)(
  titled("a follower of an https upstream that needs a token and a client certificate", missing),
  () => {
    const names = ["IP:127.0.0.1"];
    let keys: Readonly<Record<"ca" | "server" | "other" | "client" | "stranger" | "late", KeyPair>>;
    const folder = mkdtempSync(join(tmpdir(), "rollcall-follow-"));
    const at = (file: string) => join(folder, file);
    const keep = (file: string, text: string) => writeFileSync(at(file), text, { mode: 0o600 });
    beforeAll(async () => {
      keys = await makeCertificates({
        server: { subject: "/CN=a", names },
        other: { subject: "/CN=b", names: ["DNS:b.test"] },
        client: { subject: "/CN=edge" },
        stranger: { subject: "/CN=stranger", isSelfSigned: true },
        late: { subject: "/CN=late", isExpired: true },
      });
      for (const [name, { cert, key }] of Object.entries(keys)) {
        keep(`${name}.crt`, cert);
        keep(`${name}.key`, key);
      }
      keep("token", "sesame\n");
      keep("wrong", "hunter2\n");
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    /** The https listener before a server: who has no certificate of the authority gets no connection, and who lacks the token 401. */
    async function front(target: Rollcall, { cert, key }: KeyPair = keys.server): Promise<string> {
      const server = createServer({ cert, key, ca: keys.ca.cert, requestCert: true }, (incoming, outgoing) => {
        const { method, url, headers } = incoming;
        if (headers.authorization !== "Bearer sesame") return void outgoing.writeHead(401).end();
        const inner = request(`http://${target.provider}${url}`, {
          method,
          headers: { ...headers, host: target.provider },
        });
        inner.on("response", (answer) => answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers)));
        inner.on("error", () => outgoing.destroy()).end();
        outgoing.on("close", () => inner.destroy());
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }
    async function upstream(): Promise<Rollcall> {
      const { at: files, launch, start } = house();
      files.declare("web", 2);
      await launch("web-0", "web-1");
      const server = await start();
      await serving(server, 2);
      return server;
    }
    const own = (name: string) => ({ certificate: at(`${name}.crt`), key: at(`${name}.key`) });
    const ca = at("ca.crt");

    test("says of each wrong key what is wrong, in its status and its log, and takes the document where all are right", async () => {
      const server = await upstream();
      const url = await front(server);
      const token = at("token");
      const tls = { ca, ...own("client") };
      const wrong: readonly (readonly [object, RegExp])[] = [
        [{ url, token, tls: own("client") }, /nothing here vouches for: .* with tls\.ca/],
        [{ url: await front(server, keys.other), token, tls }, /is for another name/],
        [{ url, token, tls: { ca } }, /rollcall's certificate, or needs? one/],
        [{ url, token, tls: { ca, ...own("stranger") } }, /rollcall's certificate, or needs? one/],
        [{ url, token, tls: { ca, ...own("late") } }, /own certificate .*late\.crt expired on/],
        [{ url, token, tls: { ca, certificate: at("client.crt"), key: at("other.key") } }, /is not the key of/],
        [{ url, token: at("wrong"), tls }, /doesn't take the token of .*wrong/],
        [{ url, tls }, /needs a token: name its file with token/],
        [{ url, token: at("none"), tls }, /none: does not exist/],
      ];
      const follower = await startFollower(...wrong.map(([one]) => one), { url, token, tls });
      await serving(follower, 2);
      const { version, body } = await server.document();
      expect(await follower.document()).toMatchObject({ status: 200, version, body });
      const { sources } = await follower.status();
      const logged = follower.log().split("\n");
      for (const [index, [, words]] of wrong.entries()) {
        const { problem } = sources[index] ?? {};
        expect(problem).toMatch(words);
        expect(logged.some((line) => line.includes(JSON.stringify(problem)))).toBe(true);
      }
      expect(sources.at(-1)).toMatchObject({ endpoint: url, up: true });
      for (const secret of ["hunter2", "sesame", "PRIVATE KEY"]) expect(follower.log()).not.toContain(secret);
      await house().driver.stop("web-1");
      await serving(follower, 1);
    });

    test("a token that is put right counts without a restart", async () => {
      const url = await front(await upstream());
      keep("late-token", "hunter2");
      const follower = await startFollower({ url, token: at("late-token"), tls: { ca, ...own("client") } });
      await until("it is refused", async () =>
        /doesn't take/.test((await follower.status()).sources[0]?.problem ?? ""),
      );
      expect((await follower.document()).status).toBe(423);
      keep("late-token", "sesame");
      await serving(follower, 2);
      expect(await follower.status()).toMatchObject({ sources: [{ up: true, problem: null }] });
    });
  },
);
