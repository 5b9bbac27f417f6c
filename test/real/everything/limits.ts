import { expect, test } from "vitest";
import { until } from "../../support/until.ts";
import type { GoldenStage, How } from "./golden-stage.ts";

/** What may come at once, how much of it, and what is tried again. */
export function limits(golden: () => GoldenStage): void {
  const statusOf = async (host: string, how: How = {}) => (await golden().ask(host, how)).status;
  const customer = (name: string) => ({ headers: { "x-customer": name } });
  const from = (address: string) => ({ headers: { "x-forwarded-for": address } });

  test("rateLimit answers 429 after the burst", async () => {
    const statuses = [await statusOf("rate.test"), await statusOf("rate.test"), await statusOf("rate.test")];
    expect(statuses).toEqual([200, 200, 429]);
  });

  test.each<[string, string, How, string, How]>([
    ["header", "rate-header.test", customer("ann"), "rate-header.test", customer("bob")],
    ["address", "rate-address.test", from("192.0.2.1"), "rate-address.test", from("192.0.2.2")],
    ["network", "rate-address.test", from("2001:db8:1::1"), "rate-address.test", from("2001:db8:2::1")],
    ["host", "rate-a.test", {}, "rate-b.test", {}],
  ])("rateLimit counts by %s", async (_, one, how, other, otherHow) => {
    expect(await statusOf(one, how)).toBe(200);
    expect(await statusOf(one, how)).toBe(429);
    expect(await statusOf(other, otherHow)).toBe(200);
  });

  test("rateLimit takes a network of IPv6 for one", async () => {
    expect(await statusOf("rate-address.test", from("2001:db8:3::1"))).toBe(200);
    expect(await statusOf("rate-address.test", from("2001:db8:3::2"))).toBe(429);
  });

  test.each<[string, string, How, How | undefined]>([
    ["host", "in-flight.test", {}, undefined],
    ["header", "in-flight-header.test", customer("ann"), customer("bob")],
    ["address", "in-flight-address.test", from("192.0.2.1"), from("192.0.2.2")],
  ])("inFlightReq lets one request at once through, by %s", async (_, host, how, other) => {
    const { held } = golden().backends;
    const first = statusOf(host, how);
    await until("it has come", () => held.waiting() === 1);
    expect(await statusOf(host, how)).toBe(429);
    const second = other && statusOf(host, other);
    if (other) await until("another one has come", () => held.waiting() === 2);
    held.release();
    expect([await first, await second]).toEqual([200, other && 200]);
    const third = statusOf(host, how);
    await until("the next one has come", () => held.waiting() === 1);
    held.release();
    expect(await third).toBe(200);
  });

  test("buffering refuses bodies that are too large, of requests and of answers", async () => {
    const post = (body: string) => statusOf("buffering.test", { method: "POST", body });
    expect([await post("short"), await post("longer than 10")]).toEqual([200, 413]);
    const sized = (size: number) => statusOf("buffering.test", { path: `/?size=${size}` });
    expect([await sized(5000), await sized(7000)]).toEqual([200, 500]);
  });

  test("buffering tries a request with a body again by its retryExpression", async () => {
    const answer = await golden().ask("buffering-retry.test", { path: "/order", method: "POST", body: "order" });
    expect([answer.status, answer.text]).toEqual([200, "attempt 3 order"]);
  });

  test("circuitBreaker opens, answers with responseCode, and closes again", async () => {
    const { asked } = golden().backends.echo;
    await until("it opens", async () => (await statusOf("breaker.test", { path: "/status/500" })) === 418);
    const before = asked.length;
    expect(await statusOf("breaker.test")).toBe(418);
    expect(asked.length).toBe(before);
    await until("it closes", async () => (await statusOf("breaker.test")) === 200);
  });

  test("retry goes to another server where one is dead", async () => {
    for (let i = 0; i < 6; i++) expect(await statusOf("retry.test")).toBe(200);
  });

  test("retry tries again by status, a POST too where it may, and not where it may not", async () => {
    const post = { method: "POST", body: "pay", path: "/pay" } as const;
    expect((await golden().ask("retry-status.test", post)).text).toBe("attempt 3 pay");
    expect((await golden().ask("retry-safely.test", { path: "/safe" })).text).toBe("attempt 3");
    expect((await golden().ask("retry-safely.test", { ...post, path: "/pay-safely" })).text).toBe("attempt 1 pay");
    const larger = { method: "PUT", body: "more than five" } as const;
    expect((await golden().ask("retry-safely.test", { path: "/put", ...larger, body: "five" })).text).toBe(
      "attempt 3 five",
    );
    expect((await golden().ask("retry-safely.test", { path: "/large", ...larger })).text).toBe(
      "attempt 1 more than five",
    );
  });
}
