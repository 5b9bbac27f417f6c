import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { GoldenStage } from "./golden-stage.ts";

/** What becomes of headers, answers and errors. */
export function answers(golden: () => GoldenStage): void {
  test("headers sets and removes those of the request and of the answer", async () => {
    const answer = await golden().ask("headers.test", { headers: { "x-secret": "hidden" } });
    expect(answer.asked().headers).toMatchObject({ "x-from": "traefik" });
    expect(answer.asked().headers["x-secret"]).toBeUndefined();
    expect(answer.headers["x-served-by"]).toBe("traefik");
    expect(answer.headers["x-powered-by"]).toBeUndefined();
    expect((await golden().ask("allowed.test")).headers["x-powered-by"]).toBe("echo");
  });

  test.each([
    ["https://shop.test", "https://shop.test"],
    ["https://a.shop.test", "https://a.shop.test"],
    ["https://thief.test", undefined],
  ])("headers answers the preflight of %s with %s", async (origin, allowed) => {
    const { asked } = golden().backends.echo;
    const before = asked.length;
    const { headers } = await golden().ask("cors.test", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "PUT", "access-control-request-headers": "X-Token" },
    });
    expect(headers["access-control-allow-origin"]).toBe(allowed);
    expect(headers).toMatchObject({
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "X-Token",
      "access-control-allow-methods": "GET,PUT",
      "access-control-max-age": "60",
    });
    expect(asked.length).toBe(before);
    const got = (await golden().ask("cors.test", { headers: { origin } })).headers;
    expect([got["access-control-allow-origin"], got.vary]).toEqual([allowed, "Origin"]);
    expect(got["access-control-expose-headers"]).toBe("X-Total");
  });

  test("headers makes a browser careful", async () => {
    const { headers } = await golden().ask("secure-headers.test");
    expect(headers).toMatchObject({
      "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      "x-xss-protection": "1; mode=block",
      "content-security-policy": "default-src 'self'",
      "content-security-policy-report-only": "default-src 'none'",
      "referrer-policy": "same-origin",
      "permissions-policy": "camera=()",
    });
    expect((await golden().ask("frames.test")).headers).toMatchObject({
      "x-frame-options": "SAMEORIGIN",
      "x-xss-protection": "1; report=https://xss.test",
    });
  });

  test("headers refuses a host that is not allowed", async () => {
    expect((await golden().ask("only-this.test")).status).toBe(200);
    expect((await golden().ask("not-this.test")).status).toBe(500);
    const proxied = { headers: { "x-original-host": "only-this.test" } };
    expect((await golden().ask("not-this.test", proxied)).status).toBe(200);
  });

  test("errors answers with a page of another service, and only then", async () => {
    expect((await golden().ask("errors.test", { path: "/status/404" })).asked().url).toBe("/status/404");
    const headers = { "x-language": "mi", "x-secret": "hidden" };
    const page = await golden().ask("errors.test", { path: "/status/503", headers });
    expect(page.status).toBe(503);
    expect(page.asked().url).toBe(`/page/503?url=${encodeURIComponent("http://errors.test/status/503")}`);
    expect(page.asked().headers["x-language"]).toBe("mi");
    expect(page.asked().headers["x-secret"]).toBeUndefined();
  });

  test("errors rewrites a status", async () => {
    const page = await golden().ask("rewritten.test", { path: "/status/418" });
    expect([page.status, page.asked().url]).toEqual([404, "/page/404"]);
  });

  const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  test.each([
    ["gzip", "gzip", (bytes: Buffer) => gunzipSync(bytes).length],
    ["br", "br", (bytes: Buffer) => brotliDecompressSync(bytes).length],
    // Node 20 has no zstd: a frame begins with these four bytes, and it is smaller.
    ["zstd", "zstd", (bytes: Buffer) => (bytes.subarray(0, 4).equals(zstd) && bytes.length < 1000 ? 5000 : 0)],
    ["identity", undefined, (bytes: Buffer) => bytes.length],
    ["zstd;q=0.1, br;q=0.9", "br", (bytes: Buffer) => brotliDecompressSync(bytes).length],
  ])("compress: Accept-Encoding: %s is answered by %s", async (accepted, encoding, size) => {
    const answer = await golden().ask("compress.test", { headers: { "accept-encoding": accepted } });
    expect(answer.headers["content-encoding"]).toBe(encoding);
    expect(size(answer.bytes)).toBe(5000);
  });

  test("compress leaves types and sizes alone as it is told", async () => {
    const encoding = async (host: string, path: string, accepted: object = { "accept-encoding": "br" }) =>
      (await golden().ask(host, { path, headers: { ...accepted } })).headers["content-encoding"];
    expect(await encoding("compress.test", "/?size=1000")).toBeUndefined();
    expect(await encoding("compress-some.test", "/?size=1000")).toBe("br");
    expect(await encoding("compress-some.test", "/image/png")).toBeUndefined();
    expect(await encoding("compress-some.test", "/", { "accept-encoding": "zstd" })).toBeUndefined();
    expect(await encoding("compress-some.test", "/", {})).toBe("br");
    expect(await encoding("compress-few.test", "/text/plain")).toBeUndefined();
    expect(await encoding("compress-few.test", "/application/json")).toBe("br");
  });

  test("contentType finds out the type of an answer, and nobody else does", async () => {
    const type = async (host: string) => (await golden().ask(host)).headers["content-type"];
    expect(await type("untyped.test")).toBeUndefined();
    expect(await type("typed.test")).toBe("text/plain; charset=utf-8");
  });

  test("grpcWeb answers the preflight, and makes gRPC of a request of grpc-web", async () => {
    const origin = "https://shop.test";
    const preflight = await golden().ask("grpc-web.test", {
      path: "/shop.Orders/List",
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "x-grpc-web" },
    });
    expect(preflight.headers["access-control-allow-origin"]).toBe(origin);
    expect(String(preflight.headers["access-control-allow-headers"])).toMatch(/x-grpc-web/i);
    const answer = await golden().ask("grpc-web.test", {
      path: "/shop.Orders/List",
      method: "POST",
      headers: { origin, "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
      body: "\0\0\0\0\0",
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/grpc-web+proto");
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
    const asked = JSON.parse(answer.text.slice(0, answer.text.lastIndexOf("}") + 1));
    expect(asked).toMatchObject({ httpVersion: "2.0", headers: { "content-type": "application/grpc+proto" } });
  });
}
