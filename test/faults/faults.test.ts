import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { faults } from "./faults.ts";

const names = Object.values(faults).flatMap((rows) => rows.map(({ name }) => name));

test("docs/faults.md has the rows of the code, in its order", () => {
  const page = readFileSync("docs/faults.md", "utf8");
  const rows = [...page.matchAll(/^\| (.*?) \| (?:embedded|LXD 5\.0\.2) \| \d+ \| \d+ \| /gm)].map(([, name]) => name);
  expect(rows).toEqual(names);
});

test("there are at least 60 faults, each with a name of its own", () => {
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(60);
});
