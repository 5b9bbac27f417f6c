import { expect, test } from "vitest";
import { readySchema, udpReadySchema } from "../../shared/ready.ts";

const http = "/health";

test("only the path is required; the rest has defaults", () => {
  expect(readySchema.parse({ http })).toEqual({
    ...{ http, status: "200-399", interval: "5s", timeout: "2s", rise: 1, fall: "off" },
  });
});

test.each<[string, unknown]>([
  ["another word", "ports"],
  ["a path without a slash", { http: "health" }],
  ["a path with a space", { http: "/a b" }],
  ["a path with a line break", { http: "/a\r\nHost: b" }],
  ["a range from high to low", { http, status: "399-200" }],
  ["a status that there is not", { http, status: 600 }],
  ["a pace that would be a load", { http, interval: "49ms" }],
  ["a question that would stay open for long", { http, timeout: "61s" }],
  ["no answer at all", { http, rise: 0 }],
  ["more failures than anyone waits for", { http, fall: 11 }],
  ["a host with a line break", { http, host: "a\r\nb" }],
  ["a host that no header can hold", { http, host: "例.jp" }],
  ["a scheme that can't be asked", { http, scheme: "h2c" }],
  ["an unknown key", { http, retries: 3 }],
])("ready is not %s", (_, written) => {
  expect(readySchema.safeParse(written).success).toBe(false);
});

test.each(["shop.example", "shop.example:8080", "10.0.0.1", "[fd00::1]:80"])("a host may be %s", (host) => {
  expect(readySchema.parse({ http, host })).toMatchObject({ host });
});

test("UDP has what needs no question", () => {
  expect(["address", "platform", "port"].map((one) => udpReadySchema.safeParse(one).success)).toEqual([
    true,
    true,
    false,
  ]);
});
