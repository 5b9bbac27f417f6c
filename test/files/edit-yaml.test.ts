import { describe, expect, test } from "vitest";
import { type EditScalar, editYaml } from "../../files/edit-yaml.ts";

type Row = readonly [
  title: string,
  before: string,
  path: readonly string[],
  value: EditScalar | undefined,
  after: string,
];

function holds(rows: readonly Row[]) {
  test.each(rows)("%s", (_, before, path, value, after) => {
    expect(editYaml(before, 0, path, value)).toBe(after);
  });
}

const image = ["rollout", "image"];

describe("a scalar that is there", () => {
  holds([
    [
      "keeps the comment behind it",
      "name: web\nreplicas: 3  # three\n",
      ["replicas"],
      5,
      "name: web\nreplicas: 5  # three\n",
    ],
    ["keeps the line breaks of Windows", "a: 1\r\n# x\r\nb: 2\r\n", ["a"], 5, "a: 5\r\n# x\r\nb: 2\r\n"],
    ["keeps the byte order mark", "\ufeffa: 1\nb: 2", ["a"], 5, "\ufeffa: 5\nb: 2"],
    ["keeps double quotes around text", 'a: "x" # y\n', ["a"], "z", 'a: "z" # y\n'],
    ["keeps single quotes around text", "a: 'x'\n", ["a"], "it's", "a: 'it''s'\n"],
    ["loses the quotes when it becomes a number", 'a: "3"\n', ["a"], 5, "a: 5\n"],
    ["gets quotes when it needs them", "a: x\n", ["a"], "5", 'a: "5"\n'],
    ["gets quotes around a colon", "a: x\n", ["a"], "b: c", 'a: "b: c"\n'],
    ["gets quotes around a comma in brackets only", "{ a: x }\n", ["a"], "b,c", '{ a: "b,c" }\n'],
    ["gets no quotes around a comma in a line", "a: x\n", ["a"], "b,c", "a: b,c\n"],
    [
      "stays on one line, whatever the text is",
      "a: x\n",
      ["a"],
      `${"long".repeat(40)}\nx`,
      `a: "${"long".repeat(40)}\\nx"\n`,
    ],
    ["keeps a tag that fits", "a: !!int 1 # x\n", ["a"], 5, "a: !!int 5 # x\n"],
    ["loses a tag that does not fit", "a: !!str 1 # x\n", ["a"], 5, "a: 5 # x\n"],
    ["keeps an anchor that nothing repeats", "a: &n 1\n", ["a"], 5, "a: &n 5\n"],
    ["replaces an alias", "a: &n 1\nb: *n # x\n", ["b"], 5, "a: &n 1\nb: 5 # x\n"],
    ["may stand on the line below", "a:\n  # here\n  x\nb: 1\n", ["a"], "y", "a:\n  # here\n  y\nb: 1\n"],
    ["may stand on several lines", "a: x\n  y\n  z\nb: 1\n", ["a"], "q", "a: q\nb: 1\n"],
    ["may be a block of lines", "a: | # c\n  x\n  y\n\nb: 1\n", ["a"], "q", "a: q # c\n\nb: 1\n"],
    ["may be a block of lines at the end", "a: >-\n  x\n  y", ["a"], "q", "a: q\n"],
    ["may be an empty text", 'a: ""\n', ["a"], "q", 'a: "q"\n'],
    ["may have an explicit key", "? a\n: 1\nb: 2\n", ["a"], 5, "? a\n: 5\nb: 2\n"],
    ["may lie in brackets", "s: { a: 1, b: [2] } # c\n", ["s", "a"], 5, "s: { a: 5, b: [2] } # c\n"],
    ["may be in JSON", '{"a":{"b":1,"c":"x"}}', ["a", "b"], 5, '{"a":{"b":5,"c":"x"}}'],
    ["may have been spelled otherwise and stays when it is the same", "a: 0x5\nb: '5'\n", ["a"], 5, "a: 0x5\nb: '5'\n"],
  ]);
});

describe("a key without a value", () => {
  holds([
    ["gets one before its comment", "a: # x\nb: 1\n", ["a"], 5, "a: 5 # x\nb: 1\n"],
    ["gets one at the end of the file", "b: 1\na:", ["a"], 5, "b: 1\na: 5"],
    ["gets one in place of null", "a: ~ # x\n", ["a"], 5, "a: 5 # x\n"],
    ["gets one in brackets", "{ a, b: , c: 1 }", ["a"], 5, "{ a: 5, b: , c: 1 }"],
    ["gets one before a comma", "{ a, b: , c: 1 }", ["b"], 5, "{ a, b: 5 , c: 1 }"],
    ["gets one in place of a tag of nothing", "a: !!null\nb: 1\n", ["a"], 5, "a: 5\nb: 1\n"],
    ["becomes a map", "rollout: # soon\nb: 1\n", image, "v2", "rollout: # soon\n  image: v2\nb: 1\n"],
    [
      "becomes a map in place of null",
      "rollout: null # soon\nb: 1\n",
      image,
      "v2",
      "rollout: # soon\n  image: v2\nb: 1\n",
    ],
    [
      "becomes a map before the comments below it",
      "rollout:\n  # image: x\nb: 1\n",
      image,
      "v2",
      "rollout:\n  image: v2\n  # image: x\nb: 1\n",
    ],
    ["becomes a map in brackets", "{ rollout: , b: 1 }", image, "v2", "{ rollout: { image: v2 } , b: 1 }"],
  ]);
});

describe("a key that is not there", () => {
  holds([
    [
      "is a line behind the last one",
      "name: web\nservice:\n  port: 1 # p\n\n# end\n",
      ["replicas"],
      5,
      "name: web\nservice:\n  port: 1 # p\nreplicas: 5\n\n# end\n",
    ],
    [
      "is a line of its map",
      "s:\n    a: 1 # x\n    # y\n\n# of t\nt: 1\n",
      ["s", "b"],
      "q",
      "s:\n    a: 1 # x\n    b: q\n    # y\n\n# of t\nt: 1\n",
    ],
    ["has the line break of its neighbours", "a: 1\r\nb: 2\r\n", ["c"], 3, "a: 1\r\nb: 2\r\nc: 3\r\n"],
    ["comes behind a last line without a break", "a: 1\r\nb: 2", ["c"], 3, "a: 1\r\nb: 2\r\nc: 3"],
    ["comes behind a list", "a:\n- 1\n- \n# z\n", ["c"], 3, "a:\n- 1\n- \nc: 3\n# z\n"],
    ["comes behind a block of lines", "a: |+\n  x\n\n", ["c"], 3, "a: |+\n  x\n\nc: 3\n"],
    ["comes behind a block of lines at the end", "a: |\n  x", ["c"], 3, "a: |\n  x\nc: 3"],
    ["comes behind an empty value", "a: 1\nb: # nothing\n", ["c"], 3, "a: 1\nb: # nothing\nc: 3\n"],
    ["comes before the end of the document", "a: 1\n...\n", ["c"], 3, "a: 1\nc: 3\n...\n"],
    ["comes behind a byte order mark", "\ufeffa: 1\n", ["c"], 3, "\ufeffa: 1\nc: 3\n"],
    [
      "comes with its map",
      "a: 1\nservice:\n  port: 1\n",
      image,
      "v2",
      "a: 1\nservice:\n  port: 1\nrollout:\n  image: v2\n",
    ],
    [
      "comes with a map as far in as others are",
      "a:\n    b: 1\n",
      image,
      "v2",
      "a:\n    b: 1\nrollout:\n    image: v2\n",
    ],
    ["comes with all its maps", "a: 1\n", ["x", "y", "z"], 1, "a: 1\nx:\n  y:\n    z: 1\n"],
    ["is added in brackets", "s: { a: 1 } # c\n", ["s", "b"], 2, "s: { a: 1, b: 2 } # c\n"],
    ["is added before a last comma", "s: { a: 1, }\n", ["s", "b"], 2, "s: { a: 1, b: 2, }\n"],
    [
      "is added to brackets of several lines",
      "{\n  a: 1, # x\n  b: 2 # y\n}\n",
      ["c"],
      3,
      "{\n  a: 1, # x\n  b: 2, c: 3 # y\n}\n",
    ],
    ["is added to empty brackets", "s: {}\n", ["s", "b"], 2, "s: { b: 2 }\n"],
    ["is added to brackets of spaces", "s: {  } # c\n", ["s", "b"], 2, "s: { b: 2 } # c\n"],
    ["is added with its map to brackets", "--- { a: 1 }\n", image, "v2", "--- { a: 1, rollout: { image: v2 } }\n"],
    ["is quoted where it reads as something else", "a: 1\n", ["x: y"], 1, 'a: 1\n"x: y": 1\n'],
  ]);
});

describe("a key to remove", () => {
  holds([
    [
      "goes with its line and the comment on it",
      "a: 1\n# of b\nb: 2 # two\nc: 3\n",
      ["b"],
      undefined,
      "a: 1\n# of b\nc: 3\n",
    ],
    [
      "goes with all lines of its value",
      "a:\n  x: 1\n  # in\n  y:\n    - 2\n# after\nc: 3\n",
      ["a"],
      undefined,
      "# after\nc: 3\n",
    ],
    ["goes from the end of the file", "a: 1\r\nb: 2", ["b"], undefined, "a: 1\r\n"],
    ["goes with a break of Windows", "a: 1\r\nb: 2\r\nc: 3\r\n", ["b"], undefined, "a: 1\r\nc: 3\r\n"],
    [
      "goes with its map when it was the last",
      "a: 1\nrollout: # r\n  image: v2\nb: 2\n",
      image,
      undefined,
      "a: 1\nb: 2\n",
    ],
    [
      "leaves the others of its map",
      "rollout:\n  image: v2\n  partition: 1\n",
      image,
      undefined,
      "rollout:\n  partition: 1\n",
    ],
    ["goes with a map in brackets", "a: 1\nrollout: { image: v2 } # x\n", image, undefined, "a: 1\n"],
    ["goes from brackets as the first", "{ a: 1, b: 2 }", ["a"], undefined, "{ b: 2 }"],
    ["goes from brackets as the last", "{ a: 1, b: 2 }", ["b"], undefined, "{ a: 1 }"],
    ["goes from the middle of brackets", '{"a":1,"b":2,"c":3}', ["b"], undefined, '{"a":1,"c":3}'],
    ["goes from brackets as the only one", "{ a: 1 }", ["a"], undefined, "{}"],
    [
      "goes from brackets with its line",
      "{\n  a: 1, # x\n  b: 2, # y\n  c: 3\n}\n",
      ["b"],
      undefined,
      "{\n  a: 1, # x\n  c: 3\n}\n",
    ],
    ["is not missed", "a: 1 # x\n", ["b", "c"], undefined, "a: 1 # x\n"],
  ]);
});

describe("documents", () => {
  test("are counted from 0, and the others stay", () => {
    const before = "# one\nname: a\nn: 1\n--- # two\nname: b # b\nn: 1\n\n---\nname: c\nn: 1\n";
    const after = "# one\nname: a\nn: 1\n--- # two\nname: b # b\nn: 2\nm: 3\n\n---\nname: c\nn: 1\n";
    expect(editYaml(editYaml(before, 1, ["n"], 2), 1, ["m"], 3)).toBe(after);
  });
});

describe("what cannot be edited is refused with the line and the cure", () => {
  test.each<readonly [string, string, readonly string[], EditScalar | undefined, string]>([
    [
      "a value that is repeated",
      "a: &n 1\nb: 2\nc: *n\n",
      ["a"],
      5,
      "line 1: a is &n, and would change wherever *n is; write the value out on line 3 first, in place of *n",
    ],
    [
      "a map that is repeated",
      "a: &m\n  x: 1\nc: *m\n",
      ["a", "x"],
      5,
      "line 2: a is &m, and would change wherever *m is; write the value out on line 3 first, in place of *m",
    ],
    [
      "a value behind an alias",
      "a: &m { x: 1 }\nc: *m\n",
      ["c", "x"],
      5,
      "line 2: c is the alias *m; write the map out in its place",
    ],
    [
      "a map in place of a scalar",
      "a: 1\nb: x\n",
      ["b", "c"],
      5,
      "line 2: b is not a map of keys; edit the file by hand",
    ],
    [
      "a scalar in place of a map",
      "a: 1\nb: { c: 1 }\n",
      ["b"],
      5,
      "line 2: b is a map or a list, not one value; edit the file by hand",
    ],
    [
      "the last key of all",
      "# x\na: 1\n",
      ["a"],
      undefined,
      "line 2: a cannot be changed without changing more; edit the file by hand",
    ],
    [
      "a removed anchor that is needed",
      "a:\n  x: &n 1\nc: *n\n",
      ["a"],
      undefined,
      "line 1: a cannot be changed without changing more; edit the file by hand",
    ],
    [
      "a comment that would become text",
      "a: |\n  x\nb: 1\n    # of b\nc: 1\n",
      ["b"],
      undefined,
      "line 3: b cannot be changed without changing more; edit the file by hand",
    ],
    ["a document that is a list", "- 1\n", ["a"], 5, "line 1: the document is not a map of keys"],
    ["a file with errors", "a: 1\na: 2\n", ["a"], 5, "the file has errors; `rollcall check` names them"],
  ])("%s", (_, before, path, value, message) => {
    expect(() => editYaml(before, 0, path, value)).toThrow(new Error(message));
  });

  test("a document that is not there", () => {
    expect(() => editYaml("a: 1\n", 1, ["a"], 2)).toThrow("the file has no document 1, only 1");
  });
});

test("a value of a map in a list is written where it is", () => {
  const before = "services:\n  - { name: web, weight: 90 } # main\n  - name: next # canary\n    weight: 10\n";
  const after = before.replace("90", "75").replace("10", "25");
  const first = editYaml(before, 0, ["services", 0, "weight"], 75);
  expect(editYaml(first, 0, ["services", 1, "weight"], 25)).toBe(after);
  expect(editYaml("s:\n  - name: web\n", 0, ["s", 0, "weight"], 1)).toBe("s:\n  - name: web\n    weight: 1\n");
  expect(() => editYaml(before, 0, ["services", 2, "weight"], 1)).toThrow("line 1: services is not a map of keys");
});
