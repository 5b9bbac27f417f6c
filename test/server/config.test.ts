import { describe, expect, test } from "vitest";
import { configSchema, resyncOf } from "../../server/config.ts";

describe("resync", () => {
  test.each([
    [{}, "auto", 60_000],
    [{ resync: "auto" }, "auto", 60_000],
    [{ resync: "5m" }, 300_000, 300_000],
  ])("%j is %s for instances, and for files and outputs %s ms", (written, resync, forFiles) => {
    const config = configSchema.parse(written);
    expect(config.resync).toBe(resync);
    expect(resyncOf(config)).toBe(forFiles);
  });

  const isTime = 'a resync is "auto", or a time as text such as "60s" or "5m"';
  test.each([
    [60, isTime],
    ["often", isTime],
    ["500ms", "at least 1s: each one lists all instances"],
  ])("%j is refused", (resync, problem) => {
    expect(configSchema.safeParse({ resync }).error?.issues.map(({ message }) => message)).toEqual([problem]);
  });
});
