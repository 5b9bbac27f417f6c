import { describe, expect, test } from "vitest";
import { backoff, nextLook, type PaceFacts } from "../../../server/platform/pace.ts";

const quiet: PaceFacts = {
  last: { start: 1000, end: 1010 },
  hinted: false,
  busy: 0,
  failures: 0,
  chase: undefined,
  doubtful: false,
  awaited: false,
  whole: { start: 1000, end: 1010 },
  resync: "auto",
  hears: true,
  failed: false,
};
const due = (change: Partial<PaceFacts>) => nextLook({ ...quiet, ...change });

describe("the next look is due", () => {
  test.each<[string, Partial<PaceFacts>, number]>([
    ["at once when there was none", { last: undefined }, 0],
    ["a minute later when nothing happens", {}, 61_000],
    ["100 ms after the last one when an event came", { hinted: true }, 1110],
    ["200 ms after the last one in a storm of events", { hinted: true, busy: 4 }, 1210],
    [
      "200 ms later in a storm, though someone lacks an address",
      { hinted: true, busy: 4, chase: { since: 900 } },
      1210,
    ],
    ["0.1 s after a failed one", { failures: 1 }, 1110],
    ["10 s after the last one while one is leaving", { awaited: true }, 11_000],
    ["a minute after the last look at everything", { last: { start: 30_000, end: 30_010 } }, 61_000],
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
    ["a minute later only, after five minutes of it", { chase: { since: -300_000 } }, 61_000],
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

describe("all is read again", () => {
  test.each<[string, number, Partial<PaceFacts>, number]>([
    ["after a minute", 600, {}, 60_000],
    ["after a hundred times what it took, if that is more", 2000, {}, 200_000],
    ["after ten minutes at most", 60_000, {}, 600_000],
    ["after a minute where something could not be read, however long that took", 60_000, { failed: true }, 60_000],
    ["after ten seconds without events", 2000, { hears: false }, 10_000],
    ["after the operator's time, however long it took", 2000, { resync: 30_000 }, 30_000],
    ["after the operator's time without events, if that is less", 2000, { resync: 5000, hears: false }, 5000],
  ])("%s", (_, took, change, gap) => {
    const whole = { start: 1000, end: 1000 + took };
    expect(due({ last: { start: 900_000, end: 900_010 }, whole, ...change })).toBe(1000 + gap);
  });
});

test("a reconnect waits 0.1 s, doubling to 5 s", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 100].map(backoff)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});
