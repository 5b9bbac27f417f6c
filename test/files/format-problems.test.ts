import { createColors } from "picocolors";
import { expect, test } from "vitest";
import { formatProblems } from "../../files/format-problems.ts";
import { parseGroups } from "../../shared/parse-groups.ts";
import { oneSource, reading } from "../shared/literals.ts";

function formatted(files: Record<string, string>, colour = false): string {
  const loaded = parseGroups(reading(files), oneSource);
  return loaded.ok ? "" : formatProblems(loaded.problems, createColors(colour));
}

const web = "name: web\nreplicas: 3\nservice: { port: 3000 }\n";

test("a problem is its line, the line of the file and a caret, and a count closes", () => {
  expect(formatted({ "groups/web.yaml": `${web}router:\n  rule: Host(\`web\`)\n  prioritty: 10\n` })).toBe(
    [
      'groups/web.yaml:6:3: error: router.prioritty: unknown key, did you mean "priority"?',
      "    6 |   prioritty: 10",
      "      |   ^^^^^^^^^",
      "FAILED: 1 error in 1 file",
      "",
    ].join("\n"),
  );
});

test("the count is of errors and of files", () => {
  expect(formatted({ "a.yaml": "", "b.yaml": "name: a\n" })).toMatch(/\nFAILED: 3 errors in 2 files\n$/);
});

test("a long line is cut around the place that is meant", () => {
  const lines = formatted({
    "a.yaml": `${web}nic: "${"a".repeat(300)}"\nrouter: { rule: "Host(\`${"b".repeat(300)}\`)", x: 1 }\n`,
  }).split("\n");
  expect(lines[0]).toBe("a.yaml:4:6: error: nic: must have 63 characters or fewer");
  expect(lines[1]).toBe(`    4 | nic: "${"a".repeat(154)}...`);
  expect(lines[2]).toBe(`      |      ${"^".repeat(158)}`);
  expect(lines[4]).toBe(`    5 | ...${"b".repeat(55)}\`)", x: 1 }`);
  expect(lines[5]).toBe(`      | ${" ".repeat(63)}^`);
});

test("tabs keep the caret in its column, and control characters reach no terminal", () => {
  const lines = formatted({ "a.yaml": `${web}nic: "a\u202eb"\t# \u2066\n`, "b\u001b[2J.yaml": "" }).split("\n");
  expect(lines[1]).toBe('    4 | nic: "a\ufffdb" # \ufffd');
  expect(lines.find((line) => line.startsWith("b"))).toMatch(/^b\ufffd\[2J.yaml: error: is empty/);
});

test("with colour the same text is there", () => {
  const ansi = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
  const coloured = formatted({ "a.yaml": "name: A\n" }, true);
  expect(coloured).toMatch(ansi);
  expect(coloured.replace(ansi, "")).toBe(formatted({ "a.yaml": "name: A\n" }));
});
