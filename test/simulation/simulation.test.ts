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
/** So many histories find each fault. */
const enough = 300;
const patient = { timeout: 100_000_000 };

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function live(one: History, parts: Parts = realParts): Promise<string> {
  const toFake = ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "Date", "performance"] as const;
  vi.useFakeTimers({ now: 1_000_000, toFake: [...toFake] });
  // The jitter of probes.
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  return simulate(one, (ms) => vi.advanceTimersByTime(ms), parts);
}

test("no history serves what may not be served, or stops what a Traefik still uses", patient, async () => {
  await fc.assert(
    fc.asyncProperty(history, async (one) => void (await live(one))),
    { seed, numRuns: Number(ROLLCALL_SEEDS), ...(ROLLCALL_PATH && { path: ROLLCALL_PATH }) },
  );
});

test("a history that is lived again does the same, byte for byte", async () => {
  for (const one of fc.sample(history, { seed, numRuns: 3 }))
    expect(await live(one)).toBe(await live(structuredClone(one)));
});

describe("a server is found out that", () => {
  test.each(Object.entries(faults))("%s", patient, async (_, { parts, says, seed }) => {
    const found = await fc.check(
      fc.asyncProperty(history, async (one) => void (await live(one, parts()))),
      { seed, numRuns: enough, endOnFailure: true },
    );
    expect(String(found.errorInstance)).toMatch(says);
  });
});
