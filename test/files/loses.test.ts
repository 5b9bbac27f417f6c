import { expect, test } from "vitest";
import { loses } from "../../files/loses.ts";

test.each<[string, unknown, unknown, boolean]>([
  ["nothing", { a: 1 }, { a: 1 }, false],
  ["nothing where a value is another", { a: 1, b: "x" }, { a: 2, b: [] }, false],
  ["nothing where a key is new", { a: 1 }, { a: 1, b: 2 }, false],
  ["nothing where a list is longer", { a: [1] }, { a: [2, 3] }, false],
  ["a key", { a: 1, b: 2 }, { a: 1 }, true],
  ["a key further in", { a: { b: [{ c: 1 }] } }, { a: { b: [{ d: 1 }] } }, true],
  ["an item of a list", { a: [1, 2] }, { a: [1] }, true],
  ["a map", { a: { b: 1 } }, { a: "b" }, true],
  ["a list", { a: [1] }, { a: { 0: 1 } }, true],
])("a value loses %s", (_, before, after, expected) => {
  expect(loses(before, after)).toBe(expected);
});
