import { describe, expect, test } from "vitest";
import { backoff, nextLook, type PaceFacts, wholeGap } from "../../../server/platform/pace.ts";

const quiet: PaceFacts = {
  last: { start: 1000, end: 1010 },
  hinted: false,
  busy: 0,
  failures: 0,
  chase: undefined,
  doubtful: false,
  awaited: false,
  whole: 1000,
  resync: 60_000,
};
const due = (change: Partial<PaceFacts>) => nextLook({ ...quiet, ...change });

describe("the next look is due", () => {
  test.each<[string, Partial<PaceFacts>, number]>([
    ["at once when there was none", { last: undefined }, 0],
    ["with the resync when nothing happens", {}, 61_000],
    ["100 ms after the last one when an event came", { hinted: true }, 1110],
    ["200 ms after the last one in a storm of events", { hinted: true, busy: 4 }, 1210],
    [
      "200 ms later in a storm, though someone lacks an address",
      { hinted: true, busy: 4, chase: { since: 900 } },
      1210,
    ],
    ["0.1 s after a failed one", { failures: 1 }, 1110],
    ["10 s after the last one while one is leaving", { awaited: true }, 11_000],
    ["with the resync after the last look at everything", { last: { start: 30_000, end: 30_010 } }, 61_000],
    ["5 s after many failed ones", { failures: 30 }, 6010],
    [
      "20 ms after one that took long itself, when an event came",
      { last: { start: 1000, end: 1500 }, hinted: true },
      1520,
    ],
    ["a second after an instance was seen frozen", { doubtful: true }, 2010],
    ["50 ms later while someone begins to lack an address", { chase: { since: 900 } }, 1060],
    ["a fifth of the time later when half a second has gone by", { chase: { since: 510 } }, 1110],
    ["and so on", { chase: { since: -8990 } }, 3010],
    ["5 s later at most", { chase: { since: -50_000 } }, 6010],
    ["with the resync only, after five minutes of it", { chase: { since: -300_000 } }, 61_000],
    [
      "twice the time of a listing later where that is more",
      { last: { start: 1000, end: 1040 }, chase: { since: 1000 } },
      1120,
    ],
  ])("%s", (_, change, at) => expect(due(change)).toBe(at));
});

test("an event after a quiet time is looked at at once: its look was due before", () => {
  expect(due({ hinted: true })).toBeLessThan(5000);
});

test("everything is read once a minute, or in a hundred times what that took, or in ten minutes", () => {
  const gaps = [50, 600, 2000, 60_000].map((took) => wholeGap("auto", took, true));
  expect(gaps).toEqual([60_000, 60_000, 200_000, 600_000]);
  expect(wholeGap(30_000, 2000, true)).toBe(30_000);
  expect(wholeGap("auto", 2000, false)).toBe(10_000);
});

test("a reconnect waits 0.1 s, doubling to 5 s", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 100].map(backoff)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});
