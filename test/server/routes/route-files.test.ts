import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readDirectory } from "../../../files/read-directory.ts";
import { candidatesOf, noRoutes, parseRoutes, type Routes } from "../../../server/routes/parse-routes.ts";
import { routeListing } from "../../../server/routes/route-files.ts";
import { createObjectReader } from "../../../traefik/read-object.ts";
import { cpuTime } from "../../support/measure.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "rollcall-routes-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = createObjectReader("3.7");
const router = (name: string) => `http:\n  routers:\n    ${name}: { rule: Host(\`${name}\`), service: s }\n`;
function put(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}
async function routes(before: Routes = noRoutes) {
  const parsed = parseRoutes(await readDirectory(root, routeListing), read, before);
  const candidates = candidatesOf(parsed).map(({ id, origin }) => `${id} at ${origin.replace(`${root}/`, "")}`);
  return { parsed, candidates, problems: parsed.problems.map((line) => line.replaceAll(`${root}/`, "")) };
}

describe("the route files", () => {
  test("are read in all directories, with endings in any case", async () => {
    put({
      "a.yaml": router("a"),
      "shop/b.YML": router("b"),
      "shop/old/c.yml": router("c"),
      ".git/d.yaml": router("d"),
    });
    expect(await routes()).toMatchObject({
      candidates: [
        "http.routers/a at a.yaml:3:5",
        "http.routers/b at shop/b.YML:3:5",
        "http.routers/c at shop/old/c.yml:3:5",
      ],
      problems: [],
    });
  });

  test("may not be TOML, and that is reported", async () => {
    put({ "a.yaml": router("a"), "shop/b.toml": "[http]\n", "C.TOML": "" });
    const why = "error: is TOML, which is not read here; write it as YAML, with the same keys";
    expect((await routes()).problems).toEqual([`C.TOML: ${why}`, `shop/b.toml: ${why}`]);
  });

  test("keep what they declared when their directory can no longer be read, but not when it is gone", async () => {
    put({
      "a.yaml": router("a"),
      "shop/b.yaml": router("b"),
      "shop/old/c.yaml": router("c"),
      "shop.yaml": router("d"),
    });
    const { parsed } = await routes();
    chmodSync(join(root, "shop"), 0o000);
    chmodSync(root, 0o755);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      const kept = await routes(parsed);
      expect(kept.candidates).toHaveLength(4);
      expect(kept.problems).toEqual([
        expect.stringMatching(/^shop: error: may not be read .*; its previous objects stay$/),
      ]);
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(join(root, "shop"), 0o755);
    }
    rmSync(join(root, "shop"), { recursive: true });
    expect((await routes(parsed)).candidates).toHaveLength(2);
  });
});

describe("what is empty keeps what it declared, and is named: it may not be mounted, or the disk may be full", () => {
  const cure = (what: string) => `error: is empty; to declare nothing, ${what} \`http: {}\`; its previous objects stay`;
  const all = { "a.yaml": router("a"), "shop/b.yaml": router("b"), "shop/old/c.yaml": router("c") };

  test.each([
    ["of 0 bytes", ""],
    ["of a comment alone", "# all is gone\n"],
    ["of the start of a document alone", "---\n"],
  ])("a file %s", async (_, text) => {
    put(all);
    const { parsed, candidates } = await routes();
    put({ "a.yaml": text });
    const emptied = await routes(parsed);
    expect(emptied.candidates.sort()).toEqual(candidates);
    expect(emptied.problems).toEqual([`a.yaml: ${cure("write")}`]);
    put({ "a.yaml": "http: {}\n" });
    expect(await routes(emptied.parsed)).toMatchObject({ candidates: candidates.slice(1), problems: [] });
  });

  test("the directory", async () => {
    put(all);
    const { parsed, candidates } = await routes();
    for (const name of ["a.yaml", "shop"]) rmSync(join(root, name), { recursive: true });
    const emptied = await routes(parsed);
    expect(emptied.candidates).toEqual(candidates);
    expect(emptied.problems).toEqual([`${root}: ${cure("put a file there with")}`]);
    put({ "none.yaml": "http: {}\n" });
    expect(await routes(emptied.parsed)).toMatchObject({ candidates: [], problems: [] });
  });

  test("a subdirectory, but not the objects that another file declares by now", async () => {
    put({ ...all, "shop/d.yaml": router("d") });
    const { parsed } = await routes();
    for (const name of ["b.yaml", "d.yaml", "old/c.yaml"]) rmSync(join(root, "shop", name));
    put({ "d.yaml": router("d") });
    expect(await routes(parsed)).toMatchObject({
      candidates: [
        "http.routers/a at a.yaml:3:5",
        "http.routers/d at d.yaml:3:5",
        "http.routers/c at shop/old/c.yaml:3:5",
      ],
      problems: [`shop/old: ${cure("put a file there with")}`],
    });
  });

  test("a directory in place of a file", async () => {
    put(all);
    const { parsed, candidates } = await routes();
    rmSync(join(root, "a.yaml"));
    mkdirSync(join(root, "a.yaml"));
    const emptied = await routes(parsed);
    expect(emptied.candidates.sort()).toEqual(candidates);
    expect(emptied.problems).toEqual([`a.yaml: ${cure("put a file there with")}`]);
  });

  test("and is no problem if it never declared anything", async () => {
    put({ "a.yaml": "", "shop/b.yaml": "# nothing yet\n" });
    mkdirSync(join(root, "later"));
    expect(await routes()).toMatchObject({ candidates: [], problems: [] });
  });
});

test("an object that can't be read by a fault of rollcall costs itself alone", async () => {
  put({ "a.yaml": router("a"), "b.yaml": router("b") });
  const parsed = parseRoutes(
    await readDirectory(root, routeListing),
    (kind, name, written) => {
      if (name === "b") throw new RangeError("no");
      return read(kind, name, written);
    },
    noRoutes,
  );
  expect(candidatesOf(parsed).map(({ id, problem }) => [id, problem?.replace(/ in .*:\d+;/, ";")])).toEqual([
    ["http.routers/a", undefined],
    ["http.routers/b", "http.routers.b: a fault of rollcall itself: RangeError; please report it"],
  ]);
});

const inTwo = ["    c: { service: s, rule: '{{ if true }}a' }", "    d: { service: s, rule: 'b{{ end }}' }", ""].join(
  "\n",
);

describe("a Go template in a route file", () => {
  test.each([
    ["in quotes", `b: { rule: 'Host(\`{{ env "HOST" }}\`)', service: s }`, "rule", "3:16"],
    ["without quotes", 'b: { rule: {{ env "RULE" }}, service: s }', "rule", "3:16"],
    ["with quotes of its own", 'b: { rule: "Host(`{{ env "HOST" }}`)", service: s }', "rule", "3:16"],
    ["with an end", "b: { rule: '{{ if true }}Host(`b`){{ else }}x{{ end }}', service: s }", "rule", "3:16"],
    ["in a list", "b: { middlewares: [a, '{{ .M }}'], service: s }", "middlewares[1]", "3:27"],
    ["in a key", "b: { service: s, tls: { '{{ .K }}': x } }", "tls", "3:27"],
  ])("%s costs the object that holds it, and no other of the file", async (_, text, key, place) => {
    put({ "a.yaml": `${router("a")}    ${text}\n` });
    const [good, bad] = candidatesOf((await routes()).parsed);
    expect(good).toMatchObject({ id: "http.routers/a", value: { service: "s" } });
    expect(bad).toMatchObject({
      id: "http.routers/b",
      value: undefined,
      origin: expect.stringContaining(`a.yaml:${place.replace("3:", "4:")}`),
      problem: expect.stringContaining(`http.routers.b.${key}: a Go template, and none is run here`),
    });
  });

  test.each([
    ["that is never closed", "{".repeat(250_000), "4:29"],
    ["after very many others", `${"{{a}}".repeat(50_000)}`, "4:29"],
  ])("%s is found soon in a long line", async (_, text, place) => {
    put({ "a.yaml": `${router("a")}    b: { service: s, rule: "${text}" }\n` });
    const reading = await readDirectory(root, routeListing);
    let parsed: Routes = noRoutes;
    expect(cpuTime(() => (parsed = parseRoutes(reading, read, noRoutes)))).toBeLessThan(2000);
    expect(parsed.problems.map((line) => line.replace(`${root}/`, ""))).toEqual([
      expect.stringContaining(`a.yaml:${place}: error: a Go template`),
    ]);
  });

  test("that an anchor holds costs each object that uses it", async () => {
    const anchor = `x-host: &host 'Host(\`{{ env "HOST" }}\`)'\n`;
    put({ "a.yaml": `${anchor}${router("a")}    b: { rule: *host, service: s }\n` });
    const { candidates, parsed } = await routes();
    expect(candidates).toHaveLength(2);
    expect(candidatesOf(parsed).map(({ value }) => value !== undefined)).toEqual([true, false]);
  });

  test.each([
    ["in the name of an object", `${router("b")}    '{{ print "c" }}': { rule: Host(\`c\`), service: s }\n`, "4:6"],
    ["that begins in one object and ends in another", `${router("b")}${inTwo}`, "4:29"],
    ["that takes away the end of a line", `${router("b")}    c:\n      rule: Host(\`c\`){{ "" -}}\n`, "5:22"],
    ["that is never closed", `${router("b")}    c: { rule: "Host(\`{{\`)", service: s }\n`, "4:23"],
    ["beside the objects", `${router("b")}x-all: '{{ env "A" }}'\n`, "4:9"],
    ["in a comment", `${router("b")}# {{ range until 3 }}\n`, "4:3"],
    ["beside a byte order mark", `\ufeff# {{ "" }}\n${router("b")}`, "1:3"],
    ["that makes it no YAML", "{{ if true }}\nhttp: [\n", "1:1"],
  ])("%s is named with its place, and the file keeps what it declared", async (_, text, place) => {
    put({ "a.yaml": router("a"), "b.yaml": router("b") });
    const { parsed } = await routes();
    put({ "b.yaml": text });
    const why =
      'a Go template, and none is run here; write the value it stands for, and text with {{ as "\\x7b{" in double quotes';
    expect(await routes(parsed)).toMatchObject({
      candidates: [expect.stringContaining("routers/a at"), expect.stringContaining("routers/b at")],
      problems: [`b.yaml:${place}: error: ${why}; its previous objects stay`],
    });
  });

  test("is not one if there is only }}, as in a map of maps, or if the braces are written as the cure says", async () => {
    put({
      "a.yaml": "http: {routers: {a: {rule: Host(`a`), service: s}}}\n",
      "b.yaml": 'http: { routers: { b: { rule: "PathRegexp(`^/\\x7b{`)", service: s } } }\n',
    });
    const { candidates, problems } = await routes();
    expect([candidates.length, problems]).toEqual([2, []]);
  });
});

test("a key beside http, tcp, udp and tls is ignored with a warning; one that is nearly their name is a problem", async () => {
  put({ "a.yaml": `${router("a")}entryPoints: { web: {} }\n.common: {}\nx-mine: {}\nhtpp: {}\n` });
  const { candidates, problems, parsed } = await routes();
  expect(candidates).toHaveLength(1);
  expect(problems).toEqual(['a.yaml:7:1: error: htpp: unknown key, which is ignored, did you mean "http"?']);
  expect(parsed.warnings?.map((line) => line.replace(`${root}/`, ""))).toEqual([
    "a.yaml:4:1: entryPoints: unknown key, which is ignored; a route file has http, tcp, udp, tls",
    'a.yaml:5:1: [".common"]: unknown key, which is ignored; a route file has http, tcp, udp, tls',
  ]);
});
