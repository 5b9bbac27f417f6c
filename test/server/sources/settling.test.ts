import { describe, expect, test } from "vitest";
import { createSettling, looksUnfinished, pace } from "../../../server/sources/settling.ts";
import { reading } from "../../shared/literals.ts";

/** Readings of a directory, 100 ms apart. */
function follow(readings: readonly Readonly<Record<string, string>>[]) {
  const [first = {}, ...rest] = readings;
  const settling = createSettling(reading(first), 0);
  for (const [index, files] of rest.entries()) settling.note(reading(files), (index + 1) * 100);
  return (last: Readonly<Record<string, string>> | undefined, quiet = pace.change) => {
    const settled = settling.settled(last && reading(last), quiet);
    if (!settled) return undefined;
    const { files, problems } = settled.reading;
    return {
      files: Object.fromEntries([...files].map(([file, bytes]) => [file, Buffer.from(bytes).toString()])),
      problems: problems.map(({ file, message }) => `${file} ${message}`),
      unsettled: settled.unsettled,
    };
  };
}
const settled = (files: object) => ({ files, problems: [], unsettled: [] });
const busy = (count: number) => Array.from({ length: count }, (_, index) => ({ a: "2", b: `${index}` }));

describe("files have settled", () => {
  test("when two readings agree, and for a removal when all agree for a second", () => {
    expect(follow([{ a: "1" }])({})).toBeUndefined();
    expect(follow([{ a: "1" }, { a: "2" }])({})).toBeUndefined();
    expect(follow([{ a: "1" }, { a: "2" }, { a: "2" }])({})).toEqual(settled({ a: "2" }));
    const still = Array.from({ length: 11 }, () => ({ a: "2" }));
    expect(follow(still.slice(3))({}, pace.removal)).toBeUndefined();
    expect(follow(still)({}, pace.removal)).toEqual(settled({ a: "2" }));
    expect(follow([{ a: "1" }, ...still.slice(4)])({}, pace.removal)).toBeUndefined();
  });

  test("file by file after three seconds: one that still changes keeps its last content, and is named", () => {
    expect(follow(busy(30))({ a: "1", b: "old" })).toBeUndefined();
    expect(follow(busy(31))({ a: "1", b: "old" })).toEqual({
      files: { a: "2", b: "old" },
      problems: [],
      unsettled: ["b: error: does not settle: it is written again and again; its last content counts"],
    });
  });

  test("without a new file that still changes; at the start that is a problem, because an earlier run may have known it", () => {
    const message = "does not settle: it is written again and again; it is not read";
    expect(follow(busy(31))({ a: "1" })).toEqual({
      files: { a: "2" },
      problems: [],
      unsettled: [`b: error: ${message}`],
    });
    expect(follow(busy(31))(undefined)).toEqual({ files: { a: "2" }, problems: [`b ${message}`], unsettled: [] });
  });

  const port = "name: web\nservice:\n  port: 3000\n";
  test.each([
    ["a whole file", port, port, false],
    ["no byte, which is judged by what the file is", "", port, false],
    ["half a number", port.slice(0, -3), port, true],
    ["half a key", port.slice(0, 13), port, true],
    ["whole lines", port.slice(0, 10), port, false],
    ["whole lines without the last break", port.slice(0, 9), port, false],
    ["another line", "name: wub", port, false],
    ["half a number of a file without a last break", "replicas: 1", "replicas: 10", false],
  ])("but not as %s, if that is cut off in the middle of a line: the last content counts", (_, now, last, isCutOff) => {
    const why =
      "f: error: is half written: it ends in the middle of a line of its last content; its last content counts";
    expect(follow([{ f: now }, { f: now }])({ f: last })).toEqual({
      files: { f: isCutOff ? last : now },
      problems: [],
      unsettled: isCutOff ? [why] : [],
    });
  });

  test("later without their last line break, which may be the end of half a file", () => {
    const unfinished = (now: string, last: string) => looksUnfinished(reading({ f: now }), reading({ f: last }));
    expect(unfinished("a: 1", "a: 10\n")).toBe(true);
    expect(unfinished("a: 1\n", "a: 10\n")).toBe(false);
    expect(unfinished("a: 1", "a: 10")).toBe(false);
    expect(looksUnfinished(reading({ f: "a: 1" }), reading({}))).toBe(false);
  });

  test("never while the directory itself comes and goes: after three seconds that is the problem", () => {
    const settling = createSettling(reading({ a: "1" }), 0);
    const gone = { ...reading({}), problems: [{ file: "groups", path: "", message: "is gone" }] };
    for (let at = 100; at <= 3000; at += 100) settling.note(at % 200 === 0 ? reading({ a: "1" }) : gone, at);
    const found = settling.settled(reading({ a: "1" }), pace.change);
    expect([found?.reading.files.size, found?.reading.problems.map(({ message }) => message)]).toEqual([
      0,
      ["does not settle: it comes and goes"],
    ]);
  });
});
