import { expect, test } from "vitest";
import { waits } from "../../../server/peers/waits.ts";
import type { ToldMark } from "../../../server/peers/wire.ts";

const version = { at: 5, by: "a" };
const drain = {
  source: "local",
  project: "default",
  instance: "web-0",
  uuid: "",
  by: "ann",
  since: 1,
  until: 9,
  grace: 0,
};
const told = (more: Partial<ToldMark>): ToldMark => ({ version, ended: false, until: 9, drain, ...more });
const silent = "nothing listens there";

test.each<[string, ToldMark | undefined, string | undefined, string | undefined]>([
  [
    "tells what it waits for",
    told({ step: "grace", detail: "grace for requests in flight" }),
    undefined,
    "grace for requests in flight",
  ],
  ["is done once it says so", told({ step: "drained", detail: "drained" }), undefined, undefined],
  ["is done once it said so, though it doesn't answer any more", told({ step: "drained" }), silent, undefined],
  ["is done if the instance is gone there", { version, ended: false, until: 9 }, undefined, undefined],
  [
    "has still to hear of a newer drain",
    told({ version: { at: 4, by: "a" }, step: "drained" }),
    undefined,
    "has not taken the drain over yet",
  ],
  ["has still to hear of a drain", undefined, undefined, "has not taken the drain over yet"],
  [
    "is waited for while it doesn't answer",
    told({ step: "grace" }),
    silent,
    "is not answering, and its Traefiks may run an older document",
  ],
  ["is waited for if it doesn't say how far it is", told({}), undefined, "has not said how far it is"],
])("a peer %s", (_, mark, problem, words) => {
  const last = { marks: new Map(mark ? [["key", mark]] : []) };
  expect(waits({ last, problem }, version, "key")).toBe(words);
});

test("a peer that has not answered since the start is waited for", () => {
  expect(waits({ last: undefined, problem: undefined }, version, "key")).toBe("has not answered yet");
});
