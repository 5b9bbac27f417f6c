import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { GoldenStage } from "./golden-stage.ts";

const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
const md5 = (...parts: string[]) => createHash("md5").update(parts.join(":")).digest("hex");

/** Who may come in. */
export function access(golden: () => GoldenStage): void {
  const statuses = (host: string, addresses: readonly string[]) =>
    Promise.all(addresses.map(async (address) => (await golden().ask(host, from(address))).status));

  test("ipAllowList lets in by address, or answers with rejectStatusCode", async () => {
    expect((await golden().ask("allowed.test")).status).toBe(200);
    expect((await golden().ask("refused.test")).status).toBe(404);
  });

  test("ipAllowList looks at X-Forwarded-For by depth", async () => {
    expect(await statuses("by-depth.test", ["192.0.2.7", "203.0.113.7", "192.0.2.7, 203.0.113.7"])).toEqual([
      200, 403, 403,
    ]);
  });

  test.each(["by-exclusion.test", "white-list.test"])(
    "%s: the addresses that are excluded are skipped",
    async (host) => {
      expect(await statuses(host, ["192.0.2.7, 198.51.100.1", "203.0.113.7"])).toEqual([200, 403]);
    },
  );

  test.each(["by-subnet.test", "white-list-by-subnet.test"])("%s: an address of IPv6 is its network", async (host) => {
    expect(await statuses(host, ["2001:db8::7", "2001:db8:1::7"])).toEqual([200, 403]);
  });

  test("basicAuth asks for a password, of its list or its file, and passes on the name alone", async () => {
    const refused = await golden().ask("basic.test");
    expect([refused.status, refused.headers["www-authenticate"]]).toEqual([401, 'Basic realm="the shop"']);
    for (const user of ["ann", "bob"]) {
      const { headers } = (
        await golden().ask("basic.test", { headers: { authorization: `Basic ${btoa(`${user}:test`)}` } })
      ).asked();
      expect([headers["x-user"], headers.authorization]).toEqual([user, undefined]);
    }
    expect((await golden().ask("basic.test", { headers: { authorization: `Basic ${btoa("ann:no")}` } })).status).toBe(
      401,
    );
  });

  test.each([
    ["ann", "test", 200],
    ["bob", "test", 200],
    ["ann", "no", 401],
  ])("digestAuth: %s with the password %s gets %i", async (user, password, status) => {
    const challenge = String((await golden().ask("digest.test")).headers["www-authenticate"]);
    const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
    const [nonce, opaque] = [part("nonce"), part("opaque")];
    const secret = md5(user, part("realm"), password);
    const response = md5(secret, nonce, "00000001", "abc", "auth", md5("GET", "/"));
    const said = { username: user, realm: part("realm"), nonce, uri: "/", cnonce: "abc", response, opaque };
    const quoted = Object.entries(said).map(([key, value]) => `${key}="${value}"`);
    const authorization = `Digest ${quoted.join(", ")}, nc=00000001, qop=auth, algorithm=MD5`;
    const answer = await golden().ask("digest.test", { headers: { authorization } });
    expect(answer.status).toBe(status);
    if (status !== 200) return;
    const { headers } = answer.asked();
    expect([headers["x-user"], headers.authorization]).toEqual([user, undefined]);
  });

  test("forwardAuth asks the auth server, and passes on the headers that are listed", async () => {
    const { auth } = golden().backends;
    const refused = await golden().ask("forward.test");
    expect([refused.status, refused.headers.location]).toEqual([401, "/sign-in"]);
    const answer = await golden().ask("forward.test", { path: "/x", headers: { "x-token": "ann", "x-other": "no" } });
    const { headers } = answer.asked();
    expect(headers).toMatchObject({ "x-user": "ann", "x-team-name": "shop" });
    expect(headers["x-not-copied"]).toBeUndefined();
    expect(String(answer.headers["set-cookie"])).toBe("session=1");
    const asked = auth.requests.at(-1)?.headers;
    expect(asked).toMatchObject({ "x-token": "ann", "x-forwarded-uri": "/x", "x-forwarded-host": "forward.test" });
    expect(asked?.["x-other"]).toBeUndefined();
  });

  test("forwardAuth gives the auth server the body and the method, up to maxBodySize", async () => {
    const { auth } = golden().backends;
    const how = { method: "POST", headers: { "x-token": "ann" } } as const;
    expect((await golden().ask("forward-body.test", { ...how, body: "short" })).asked().body).toBe("short");
    expect(auth.requests.at(-1)).toMatchObject({ method: "POST", body: "short" });
    const before = auth.requests.length;
    expect((await golden().ask("forward-body.test", { ...how, body: "longer than it may be" })).status).toBe(401);
    expect(auth.requests.length).toBe(before);
  });

  test("forwardAuth shows an auth server its own certificate", async () => {
    expect((await golden().ask("forward-tls.test")).status).toBe(200);
  });

  test("forwardAuth sends to authSigninURL who is not let in", async () => {
    const answer = await golden().ask("sign-in.test", { path: "/x" });
    expect(answer.status).toBe(302);
    expect(String(answer.headers.location)).toMatch(/^https:\/\/sign-in\.test\//);
  });
}
