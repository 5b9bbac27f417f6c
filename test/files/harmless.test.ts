import { expect, test } from "vitest";
import { harmlessDeep } from "../../files/harmless.ts";

test("no text of plain data can move a terminal's cursor, turn its direction or ring its bell", () => {
  const hostile = { "a\u001b[2J": ["\u009b31m", { b: "\u202edlrow", c: "x\u0007\ty" }], d: null, e: 5, f: undefined };
  expect(harmlessDeep(hostile)).toEqual({
    "a\ufffd[2J": ["\ufffd31m", { b: "\ufffddlrow", c: "x\ufffd y" }],
    d: null,
    e: 5,
    f: undefined,
  });
  const error = new Error("\u001b");
  expect(harmlessDeep(error)).toBe(error);
});
