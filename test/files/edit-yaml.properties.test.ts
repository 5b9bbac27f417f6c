import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CST, Lexer } from "yaml";
import { type EditScalar, editYaml } from "../../files/edit-yaml.ts";
import { valueAt } from "../../files/key-path.ts";
import { parseDocuments } from "../../files/yaml-document.ts";
import { runs } from "../support/runs.ts";

/** Some text of a value, in lines; the first one stands behind the key. */
type Written = readonly string[];

interface Pair {
  readonly key: string;
  readonly above: readonly string[];
  readonly behind: string;
  readonly value: Written;
}

const plain = fc.constantFrom("3", "web-v1", '"quoted: text"', "'single'");
const scalar = fc.oneof(
  plain,
  fc.constantFrom(
    "",
    "~",
    "null",
    "0x1F",
    "1e3",
    "!!str 5",
    "&anchor 7",
    "true",
    "a plain text",
    '""',
    "[1, { a: 2 }]",
  ),
);
const flow = fc.constantFrom(
  "{}",
  "{ }",
  "{ a: 1 }",
  "{ a, b: }",
  '{"a":1,"b":{"c":2}}',
  "{ b: { a: x, c: }, d: [1] , }",
);
const lines = fc.constantFrom<Written>(
  ["|", "  one", "  # no comment", "", "  two"],
  [">-", "  one"],
  ["|+", "  one", ""],
  ["", "- 1", "- a: 2", "  b: 3", "-"],
  ["text", "  that goes on"],
  ["{", "  a: 1, # of a", "  b: x", "  # the end", "  }"],
);
const remark = fc.constantFrom("", "# remark", "    # far in", "# a: 1");

const { map } = fc.letrec<{ map: readonly Pair[]; value: Written }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar.map((one) => [one]),
    flow.map((one) => [one]),
    lines,
    tie("map").map((pairs) => ["", ...render(pairs).map((line) => (line === "" ? "" : `  ${line}`))]),
  ),
  map: fc.uniqueArray(
    fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      above: fc.array(remark, { maxLength: 2 }),
      behind: fc.constantFrom("", " # behind", "  "),
      value: tie("value"),
    }),
    { selector: ({ key }) => key, minLength: 1, maxLength: 3 },
  ),
}));

function render(pairs: readonly Pair[]): string[] {
  return pairs.flatMap(({ key, above, behind, value: [first = "", ...rest] }) => {
    const comment = rest.length === 0 || first === "" || /^[|>]/.test(first) ? behind : "";
    return [...above, `${key}:${first && ` ${first}`}${comment}`, ...rest];
  });
}

/** A file of some documents, and which of them is meant. */
const file = fc
  .record({
    documents: fc.array(map, { minLength: 1, maxLength: 3 }),
    ends: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\ufeff"),
    last: fc.boolean(),
    nth: fc.nat(2),
  })
  .map(({ documents, ends, mark, last, nth }) => {
    const text = documents.map((pairs) => render(pairs).join(ends)).join(`${ends}--- # next${ends}`);
    return { text: `${mark}${text}${last ? ends : ""}`, index: nth % documents.length };
  })
  .filter(({ text }) => read(text) !== undefined);

const value = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 20 }),
  fc.constantFrom("web-v2", "5", "", "a: b", "x, y", "- x", "# x", "null", "012", "]", "*a", "two\nlines", "é😀"),
);

function read(text: string): unknown[] | undefined {
  const { documents, problems } = parseDocuments("", Buffer.from(text));
  return problems.length > 0 ? undefined : documents.map((one) => one.value);
}

function isMap(one: unknown): one is Record<string, unknown> {
  return typeof one === "object" && one !== null && !Array.isArray(one);
}

/** The plain value with the edit; undefined where it cannot be made. */
function expected(before: unknown, [key = "", ...rest]: readonly string[], set: EditScalar | undefined): unknown {
  if (!isMap(before) && (before ?? null) !== null) return undefined;
  const old = valueAt(before, [key]);
  if (rest.length === 0) {
    if (set !== undefined)
      return typeof old === "object" && old !== null ? undefined : { ...(before ?? {}), [key]: set };
    return Object.fromEntries(Object.entries(before ?? {}).filter(([one]) => one !== key));
  }
  const inner = expected(old, rest, set);
  if (inner === undefined) return undefined;
  if (set !== undefined || !isDeepStrictEqual(inner, {})) return { ...(before ?? {}), [key]: inner };
  return Object.fromEntries(Object.entries(before ?? {}).filter(([one]) => one !== key));
}

/** The paths of all keys of a plain value, through maps. */
function pathsOf(one: unknown): string[][] {
  if (!isMap(one)) return [];
  return Object.entries(one).flatMap(([key, inner]) => [[key], ...pathsOf(inner).map((path) => [key, ...path])]);
}

function comments(text: string): string[] {
  return [...new Lexer().lex(text)].filter((token) => CST.tokenType(token) === "comment");
}

const options = { numRuns: runs(40) };

describe("an edit of any file", () => {
  test("is the same as that of its plain values, and keeps every comment", () => {
    const more = fc.array(fc.constantFrom("a", "b", "key: x"), { maxLength: 2 });
    fc.assert(
      fc.property(file, fc.nat(), more, value, ({ text, index }, nth, keys, set) => {
        const before = read(text) ?? [];
        const paths = [[], ...pathsOf(before[index])];
        const path = [...(paths[nth % paths.length] ?? []), ...keys];
        fc.pre(path.length > 0);
        const wanted = expected(before[index], path, set);
        if (wanted === undefined) {
          expect(() => editYaml(text, index, path, set)).toThrow(/^line \d+: /);
          return;
        }
        const after = editYaml(text, index, path, set);
        expect(read(after)).toEqual(before.map((one, i) => (i === index ? wanted : one)));
        expect(comments(after)).toEqual(comments(text));
        expect(after.startsWith("\ufeff")).toBe(text.startsWith("\ufeff"));
        if (text.includes("\r\n")) expect(after).not.toMatch(/[^\r]\n/);
      }),
      options,
    );
  });

  test("removes a key with the maps that it leaves empty, and nothing else", () => {
    fc.assert(
      fc.property(file, fc.nat(), ({ text, index }, nth) => {
        const before = read(text) ?? [];
        const paths = pathsOf(before[index]);
        const path = paths[nth % paths.length] ?? [];
        const wanted = expected(before[index], path, undefined);
        if (isDeepStrictEqual(wanted, {})) {
          expect(() => editYaml(text, index, path, undefined)).toThrow(/^line \d+: /);
          return;
        }
        // What follows would become part of a block of lines above it.
        if (/[|>]/.test(text) && /\|\+|# far in/.test(text)) return;
        const after = editYaml(text, index, path, undefined);
        expect(read(after)).toEqual(before.map((one, i) => (i === index ? wanted : one)));
        const lines = after.replace("\ufeff", "").split(/\r?\n/);
        for (const line of lines.filter((one) => !one.includes("{"))) expect(text).toContain(line);
        expect(editYaml(after, index, path, undefined)).toBe(after);
      }),
      options,
    );
  });
});

test("another scalar changes no other line, and the old one restores every byte", () => {
  fc.assert(
    fc.property(file, fc.nat(), ({ text, index }, nth) => {
      const before = read(text)?.[index];
      const usual = [3, "web-v1", "quoted: text", "single"];
      const paths = pathsOf(before).filter((path) => usual.some((one) => one === valueAt(before, path)));
      fc.pre(paths.length > 0);
      const path = paths[nth % paths.length] ?? [];
      const old = valueAt(before, path) as EditScalar;
      const after = editYaml(text, index, path, typeof old === "number" ? 12 : "web-v2");
      const [was, is] = [text.split("\n"), after.split("\n")];
      expect(is).toHaveLength(was.length);
      expect(is.filter((line, i) => line !== was[i])).toHaveLength(1);
      expect(editYaml(after, index, path, old)).toBe(text);
    }),
    { numRuns: runs(30) },
  );
});
