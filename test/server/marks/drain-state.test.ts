import { describe, expect, test } from "vitest";
import { type DrainFacts, drainState } from "../../../server/marks/drain-state.ts";
import type { Reached } from "../../../server/marks/reached.ts";

const mark = { since: 0, grace: 10_000 };
const release = { ordinal: 5, at: 1000 };
const facts: DrainFacts = {
  ...{ mark, now: 2000, release, locked: false, unseenUntil: 0 },
  ...{ pollers: [], traefiks: [], outputs: [] },
};
const poller = (name: string, ordinal: number, at = 1500) => ({ name, read: [{ ordinal, at }] });
const output = (target: string, ordinal?: number, at = 6000) => ({
  target,
  loaded: ordinal === undefined ? [] : [{ ordinal, at }],
});
const traefik = (url: string, ordinal?: number, at = 1600) => ({
  url,
  applied: ordinal === undefined ? [] : [{ ordinal, at }],
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
      { pollers: [poller("edge1", 5), poller("edge2", 4), { name: "edge3", read: [] }] },
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
    [
      "waits for each output that has no document without it",
      { outputs: [output("file a.yml", 5), output("file b.yml", 4), output("file c.yml")] },
      "waiting-for-traefik",
      ["file b.yml", "file c.yml"],
      "waiting for file b.yml, file c.yml to be written",
    ],
    [
      "is leaving while the document is locked, for an output that has the previous one",
      { release: undefined, locked: true, outputs: [output("file a.yml", 4)] },
      ...(["leaving", ["file a.yml"], lockedWords] as const),
    ],
    [
      "gives Traefik its time to load an output, and requests in flight their grace",
      { outputs: [output("file a.yml", 5)], now: 15_999 },
      ...(["grace", [], inFlight] as const),
    ],
    ["gives requests in flight their grace", { pollers: [poller("edge1", 5)] }, "grace", [], inFlight],
    ["without a poller waits the grace only", {}, "grace", [], `no Traefik polls; ${inFlight}`],
    ["is drained after the grace", { pollers: [poller("edge1", 6)], now: 11_500 }, "drained", [], "drained"],
    [
      "waits for each peer at which it is not over, once it is over here",
      {
        now: 11_500,
        peers: [
          { name: "https://b:7071", waits: "waiting for edge2 to poll" },
          { name: "https://c:7071", waits: undefined },
        ],
      },
      ...(["waiting-for-peers", ["https://b:7071"], "peer https://b:7071: waiting for edge2 to poll"] as const),
    ],
    [
      "names its own pollers before its peers",
      { pollers: [poller("edge1", 4)], peers: [{ name: "https://b:7071", waits: "does not answer" }] },
      ...(["waiting-for-pollers", ["edge1"], "waiting for edge1 to poll"] as const),
    ],
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

  test("counts its grace from the first document without the instance, however many follow", () => {
    const at = (read: Reached) => drainState({ ...facts, pollers: [{ name: "a", read }] }).graceEnds;
    const read = [
      { ordinal: 4, at: 1100 },
      { ordinal: 6, at: 1500 },
    ];
    expect(at(read)).toBe(11_500);
    expect(at([...read, { ordinal: 7, at: 1900 }])).toBe(11_500);
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
