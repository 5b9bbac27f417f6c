import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { faults } from "./faults.ts";
import { type History, history } from "./history.ts";
import { type Parts, realParts } from "./server.ts";
import { simulate } from "./simulate.ts";

/**
 * How many histories: `ROLLCALL_SEEDS`, 10,000 in CI. They are the same ones each time, so that the verdict depends on the code alone:
 * `ROLLCALL_SEED=2` gives others, and with the `ROLLCALL_PATH` that a failure prints one history is lived again.
 */
const { ROLLCALL_SEEDS = "20", ROLLCALL_SEED = "1", ROLLCALL_PATH } = process.env;
const seed = Number(ROLLCALL_SEED);
const patient = { timeout: 100_000_000 };

afterEach(() => void vi.useRealTimers());

function live(one: History, parts: Parts = realParts): string {
  vi.useFakeTimers({ now: 1_000_000, toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  return simulate(one, (ms) => vi.advanceTimersByTime(ms), parts);
}

test("no history serves what may not be served, or stops what a Traefik still uses", patient, () => {
  fc.assert(
    fc.property(history, (one) => void live(one)),
    { seed, numRuns: Number(ROLLCALL_SEEDS), ...(ROLLCALL_PATH && { path: ROLLCALL_PATH }) },
  );
});

test("a history that is lived again does the same, byte for byte", () => {
  for (const one of fc.sample(history, { seed, numRuns: 3 })) expect(live(one)).toBe(live(structuredClone(one)));
});

describe("a server is found out that", () => {
  test.each(Object.entries(faults))("%s", patient, (_, { parts, says, within }) => {
    const found = fc.check(
      fc.property(history, (one) => void live(one, parts())),
      { seed: 4, numRuns: within, endOnFailure: true },
    );
    expect(String(found.errorInstance)).toMatch(says);
  });
});
