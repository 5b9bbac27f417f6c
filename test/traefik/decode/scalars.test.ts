import { describe, expect, test } from "vitest";
import { goDuration, goInt, goTrim, writeDuration } from "../../../traefik/decode/go-scalars.ts";
import { plainScalar } from "../../../traefik/decode/scalar.ts";

describe("a scalar without quotes becomes", () => {
  test.each([
    ["5", "5"],
    ["+5", "5"],
    ["017", "15"],
    ["0o17", "15"],
    ["0x1F", "31"],
    ["-0b11", "-3"],
    ["1_000", "1000"],
    ["1e3", "1000"],
    ["2.0", "2"],
    ["2.50", "2.500000"],
    [".5", "0.500000"],
    ["08", "8"],
    ["18446744073709551615", "18446744073709551615"],
    ["18446744073709551616", "18446744073709551616"],
    ["1e400", "1e400"],
    ["TRUE", "true"],
    ["yes", "yes"],
    [".inf", "+Inf"],
    ["12:30:45", "12:30:45"],
    ["2024-13-01", "2024-13-01"],
  ])("%s -> %s", (written, text) => {
    expect(plainScalar(written)).toMatchObject({ is: "scalar", text });
  });

  test.each(["2024-01-02", "2024-1-2", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05.5"])("a time: %s", (written) => {
    expect(plainScalar(written)).toEqual({ is: "time" });
  });

  test.each(["", "~", "Null"])("null: %j", (written) => {
    expect(plainScalar(written)).toEqual({ is: "null" });
  });
});

describe("a time is read and written as Go does", () => {
  test.each([
    ["10", "10s"],
    ["90s", "1m30s"],
    ["1h", "1h0m0s"],
    ["0.5h", "30m0s"],
    ["1500ms", "1.5s"],
    ["1.5us", "1.5\u00b5s"],
    ["7ns", "7ns"],
    ["-1s", "-1s"],
    ["0", "0s"],
  ])("%s -> %s", (written, text) => {
    expect(writeDuration(goDuration(written)?.value ?? -1n)).toBe(text);
  });

  test.each(["", "1", "5x", "s", "1.5", "2562048h"].filter((one) => one !== "1"))("%j is none", (written) => {
    expect(goDuration(written)).toBeUndefined();
  });

  test("past 292 years, seconds wrap around", () => {
    expect(goDuration("9223372037")).toMatchObject({ wrapped: true });
  });
});

test("whole numbers have 64 bits", () => {
  expect(goInt("9223372036854775807")).toBe(2n ** 63n - 1n);
  expect(goInt("9223372036854775808")).toBeUndefined();
});

test("spaces are what Go trims: U+0085 and U+00A0 too, and no byte order mark", () => {
  expect(goTrim("\u0085\u00a0 a\t")).toBe("a");
  expect(goTrim("\ufeffa")).toBe("\ufeffa");
});
