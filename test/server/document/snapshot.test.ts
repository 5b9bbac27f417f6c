import { describe, expect, test } from "vitest";
import { lockedSnapshot } from "../../support/server/literals.ts";

const names = (count: number) => Array.from({ length: count }, (_, index) => `web-${index}`);

describe("the header that names the pending replicas", () => {
  test("names fifty at most, and counts the others", () => {
    const named = (replicas: number) => lockedSnapshot(replicas).waiting;
    expect(named(50).split(",").sort()).toEqual(names(50).sort());
    expect(named(53).split(",")).toHaveLength(51);
    expect(named(53)).toMatch(/,\+3$/);
  });

  test("is cut, while the body is complete", () => {
    expect(JSON.parse(lockedSnapshot(53).body.toString())).toMatchObject({
      waiting: expect.objectContaining({ length: 53 }) as object,
    });
  });
});
