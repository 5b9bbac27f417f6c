import { describe, expect, test } from "vitest";
import { type DrainFacts, drainState } from "../../../server/marks/drain-state.ts";

const mark = { since: 0, grace: 10_000 };
const release = { ordinal: 5, at: 1000 };
const facts: DrainFacts = {
  ...{ mark, now: 2000, release, locked: false, unseenUntil: 0 },
  ...{ pollers: [], traefiks: [] },
};
const poller = (name: string, ordinal: number, at = 1500) => ({ name, read: { ordinal, at } });
const traefik = (url: string, ordinal?: number, at = 1600) => ({
  url,
  applied: ordinal === undefined ? undefined : { ordinal, at },
});

describe("a drain", () => {
  const lockedWords = "the document is locked (423): nobody is given one without it until that ends";
  const inFlight = "grace for requests in flight";
  test.each<[string, Partial<DrainFacts>, string, readonly string[], string]>([
    ["is leaving while the newest document has it", { release: undefined }, "leaving", [], "leaving the document"],
    [
      "is leaving while the document is locked, for pollers that keep the previous one",
      { release: undefined, locked: true, pollers: [poller("edge1", 4)] },
      ...(["leaving", ["edge1"], lockedWords] as const),
    ],
    [
      "is leaving while the document is locked, for a poller and a Traefik that have the previous one",
      { release: undefined, locked: true, pollers: [poller("edge1", 4)], traefiks: [traefik("http://edge1", 4)] },
      ...(["leaving", ["edge1", "http://edge1"], lockedWords] as const),
    ],
    [
      "is leaving while the document is locked, for a Traefik that runs the previous one",
      { release: undefined, locked: true, traefiks: [traefik("http://edge1", 4)] },
      ...(["leaving", ["http://edge1"], lockedWords] as const),
    ],
    [
      "needs no document if it is locked and nobody has one",
      { release: undefined, locked: true },
      ...(["grace", [], `no Traefik polls; ${inFlight}`] as const),
    ],
    [
      "waits for each poller that has not read a document without it",
      { pollers: [poller("edge1", 5), poller("edge2", 4), { name: "edge3", read: undefined }] },
      ...(["waiting-for-pollers", ["edge2", "edge3"], "waiting for edge2, edge3 to poll"] as const),
    ],
    [
      "waits for pollers that may not have polled a server that has just started",
      { pollers: [poller("edge1", 9)], unseenUntil: 2001 },
      "waiting-for-pollers",
      [],
      "waiting for pollers: the server has just started, and one may not have polled yet",
    ],
    [
      "waits for each Traefik whose API does not show that it runs it",
      {
        pollers: [poller("edge1", 5)],
        traefiks: [traefik("http://a", 6), traefik("http://b", 4), traefik("http://c")],
        unseenUntil: 2000,
      },
      "waiting-for-traefik",
      ["http://b", "http://c"],
      "waiting for Traefik at http://b, http://c to run it",
    ],
    ["gives requests in flight their grace", { pollers: [poller("edge1", 5)] }, "grace", [], inFlight],
    ["without a poller waits the grace only", {}, "grace", [], `no Traefik polls; ${inFlight}`],
    ["is drained after the grace", { pollers: [poller("edge1", 6)], now: 11_500 }, "drained", [], "drained"],
    [
      "is drained at once without a grace",
      { mark: { since: 0, grace: 0 } },
      "drained",
      [],
      "no Traefik polls; drained",
    ],
  ])("%s", (_, more, step, waitsFor, detail) => {
    expect(drainState({ ...facts, ...more })).toMatchObject({ step, waitsFor, detail });
  });

  test("counts its grace from when the last one let go, and not from before it was set", () => {
    const ends = (more: Partial<DrainFacts>) => drainState({ ...facts, ...more }).graceEnds;
    expect(ends({})).toBe(11_000);
    expect(ends({ pollers: [poller("a", 5, 1500), poller("b", 7, 1900)] })).toBe(11_900);
    expect(ends({ traefiks: [traefik("http://a", 5, 1950)] })).toBe(11_950);
    expect(ends({ release: undefined, locked: true })).toBe(10_000);
    expect(ends({ mark: { since: 1990, grace: 10_000 } })).toBe(11_990);
  });

  test("names twenty pollers at most, and ten of them in its words", () => {
    const waiting = (count: number) => {
      const pollers = Array.from({ length: count }, (_, index) => poller(`edge${index}`, 4));
      const { waitsFor, detail } = drainState({ ...facts, pollers });
      return [waitsFor.length, detail];
    };
    const ten = "waiting for edge0, edge1, edge2, edge3, edge4, edge5, edge6, edge7, edge8, edge9";
    expect(waiting(10)).toEqual([10, `${ten} to poll`]);
    expect(waiting(30)).toEqual([20, `${ten} and 20 more to poll`]);
  });
});
