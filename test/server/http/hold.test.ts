import { describe, expect, test } from "vitest";
import { holdSchema, holdTime, type PollFacts } from "../../../server/http/hold.ts";

const facts: PollFacts = {
  hold: "auto",
  asked: false,
  proxied: false,
  gaps: [5000, 5001],
  cap: Number.POSITIVE_INFINITY,
  current: true,
  locked: false,
};

describe("a poll is held", () => {
  test.each<[string, Partial<PollFacts>, number]>([
    ["for 0.9 of the shortest gap", { gaps: [1000, 1100, 990] }, 891],
    ["for 4.5 s at most", { gaps: [60_000] }, 4500],
    ["not at all when it is the first of its connection", { gaps: [] }, 0],
    ["not at all when it has an older version", { current: false }, 0],
    ["not at all behind a proxy", { proxied: true }, 0],
    ["behind a proxy when it asks for it", { proxied: true, asked: true, hold: { ms: 900 } }, 900],
    ["for as long as it asks", { asked: true, hold: { ms: 30_000 } }, 30_000],
    ["not at all when holding is off", { hold: "off" }, 0],
    ["not longer than its address bears", { cap: 700 }, 700],
    ["while locked, the first poll too, for 2 s", { locked: true, gaps: [], current: false }, 2000],
    ["while locked for 2 s though its interval is shorter", { locked: true, gaps: [500] }, 2000],
    ["while locked for 0.9 of a longer interval", { locked: true, gaps: [5000] }, 4500],
    [
      "while locked for as long as it asks, where that is longer",
      { locked: true, gaps: [], hold: { ms: 30_000 } },
      30_000,
    ],
    ["while locked not longer than its client bears", { locked: true, gaps: [], cap: 700 }, 700],
    ["not at all while locked when holding is off", { locked: true, hold: "off" }, 0],
  ])("%s", (_, change, ms) => {
    expect(holdTime({ ...facts, ...change })).toBeCloseTo(ms, 5);
  });
});

test.each([
  ["auto", "auto"],
  ["off", "off"],
  ["900ms", { ms: 900 }],
  ["4.5s", { ms: 4500 }],
  ["3600s", { ms: 60_000 }],
])("%s is a hold", (text, hold) => expect(holdSchema.parse(text)).toEqual(hold));

test.each(["", "1", "-1s", "1h", "soon", "1s "])("%j is not a hold", (text) => {
  expect(holdSchema.safeParse(text).success).toBe(false);
});
