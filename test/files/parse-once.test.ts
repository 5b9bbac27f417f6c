import { expect, test } from "vitest";
import { parseOnce } from "../../files/parse-once.ts";

test("a file is parsed again only if its bytes have changed, or if it was away", () => {
  const parsed: string[] = [];
  const parse = parseOnce((file, bytes) => {
    parsed.push(`${file}=${Buffer.from(bytes)}`);
    return parsed.length;
  });
  const read = (files: object) =>
    Object.fromEntries(parse(new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(String(text))]))));
  expect(read({ a: "1", b: "2" })).toEqual({ a: 1, b: 2 });
  expect(read({ b: "2", a: "1" })).toEqual({ b: 2, a: 1 });
  expect(read({ a: "1", b: "3" })).toEqual({ a: 1, b: 3 });
  expect(read({ a: "1" })).toEqual({ a: 1 });
  expect(read({ a: "1", b: "3" })).toEqual({ a: 1, b: 4 });
  expect(parsed).toEqual(["a=1", "b=2", "b=3", "b=3"]);
});
