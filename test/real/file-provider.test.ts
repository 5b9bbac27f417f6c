import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readDirectory } from "../../files/read-directory.ts";
import { freePort } from "../../lab/demo/free-port.ts";
import { candidatesOf, noRoutes, parseRoutes } from "../../server/routes/parse-routes.ts";
import { routeListing } from "../../server/routes/route-files.ts";
import { createObjectReader } from "../../traefik/read-object.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { until } from "../support/until.ts";

/** A directory of route files is what Traefik's file provider makes of it, but for what is said here. */

const { binary, missing } = await realTraefik("3.7.15");
const router = (name: string) => `http:\n  routers:\n    ${name}: { rule: Host(\`${name}\`), service: s }\n`;

interface Case {
  readonly title: string;
  /** Texts of files, and targets of links. */
  readonly files: Readonly<Record<string, string | { readonly link: string }>>;
  /** The routers that Traefik has, `none` where it refuses all. */
  readonly theirs: readonly string[] | "none";
  /** Those that are declared here, where they are others. */
  readonly ours?: readonly string[];
  /** What is said here, a part of a line each. */
  readonly problems?: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: "directories in it are read, whatever they are called",
    files: {
      "a.yaml": router("a"),
      "sub/b.yml": router("b"),
      "sub/deep/er/c.yaml": router("c"),
      "x.yaml/d.yaml": router("d"),
    },
    theirs: ["a", "b", "c", "d"],
  },
  {
    title: "endings are read in any case, and others not",
    files: {
      "a.YAML": router("a"),
      "b.Yml": router("b"),
      "c.json": router("c"),
      "d.yaml~": router("d"),
      e: router("e"),
    },
    theirs: ["a", "b"],
  },
  {
    title: "TOML is read there, and said here",
    files: { "a.yaml": router("a"), "b.toml": '[http.routers.b]\nrule = "Host(`b`)"\nservice = "s"\n' },
    theirs: ["a", "b"],
    ours: ["a"],
    problems: ["b.toml: error: is TOML"],
  },
  {
    title: "what begins with a dot is read there, and not here",
    files: { "a.yaml": router("a"), ".b.yaml": router("b"), ".git/c.yaml": router("c") },
    theirs: ["a", "b", "c"],
    ours: ["a"],
  },
  {
    title: "links to files are followed",
    files: { "a.yaml": { link: ".real/a.yaml" }, ".real/b.txt": "", ".real/a.yaml": router("a") },
    theirs: ["a"],
  },
  {
    title: "links to directories are not followed, and said here",
    files: { "real/a.yaml": router("a"), link: { link: "real" }, "real/loop": { link: "." } },
    theirs: ["a"],
    problems: ["link: error: is a link to a directory", "real/loop: error: is a link to a directory"],
  },
  {
    title: "a name in two files is the first one's there, and nobody's here",
    files: { "a/z.yaml": router("a"), "a.yaml": router("a"), "b.yaml": router("b") },
    theirs: ["a", "b"],
    ours: ["b"],
  },
  {
    title: "one bad file costs all there, and itself here",
    files: { "a.yaml": router("a"), "b.yaml": "http: [" },
    theirs: "none",
    ours: ["a"],
    problems: ["b.yaml:1:8: error: not YAML"],
  },
  {
    title: "templates are run in quotes there, and said here",
    files: {
      "a.yaml": router("a"),
      "b.yaml": router('{{ print "b" }}').replace("    {{", "    '{{").replace("}}:", "}}':"),
    },
    theirs: ["a", "b"],
    ours: ["a"],
    problems: ["b.yaml:3:6: error: a Go template"],
  },
  {
    title: "a template in one object, with quotes of its own or without any, costs nothing there, and that object here",
    files: {
      "a.yaml": `${router("a")}    b: { rule: "Host(\`{{ print "b" }}\`)", service: s }\n    c: { rule: {{ print "Host(\`c\`)" }}, service: s }\n`,
    },
    theirs: ["a", "b", "c"],
    ours: ["a"],
  },
  {
    title: "a template that takes away the end of a line costs all there, and its file here",
    files: {
      "a.yaml": router("a"),
      "b.yaml": `${router("b")}    c:\n      rule: Host(\`c\`){{ "" -}}\n      service: s\n`,
    },
    theirs: "none",
    ours: ["a"],
    problems: ["b.yaml:5:22: error: a Go template"],
  },
  {
    title: "templates are run in comments there, and said here",
    files: { "a.yaml": router("a"), "b.yaml": `# {{ if false }}\n${router("b")}# {{ end }}\n` },
    theirs: ["a"],
    problems: ["b.yaml:1:3: error: a Go template"],
  },
  {
    title: "words in braces in a comment cost all there",
    files: { "a.yaml": router("a"), "b.yaml": `# {{ words }}\n${router("b")}` },
    theirs: "none",
    ours: ["a"],
    problems: ["b.yaml:1:3: error: a Go template"],
  },
  {
    title: "closing braces are no template, nor is what the cure says to write",
    files: {
      "a.yaml": "http: {routers: {a: {rule: Host(`a`), service: s}}}\n",
      "b.yaml": 'http: { routers: { b: { rule: "PathRegexp(`^/\\x7b{`)", service: s } } }\n',
    },
    theirs: ["a", "b"],
  },
  {
    title: "empty files say nothing",
    files: { "a.yaml": router("a"), "b.yaml": "", "c.yaml": "# nothing\n", "d.yaml": "null\n" },
    theirs: ["a"],
  },
];

describe.skipIf(missing !== undefined)(titled("a directory of Traefik's file provider", missing), () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "rollcall-files-")));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test.each(cases)("$title", async ({ files, theirs, ours = theirs, problems = [] }) => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      if (typeof content === "string") writeFileSync(join(root, name), content);
      else symlinkSync(content.link, join(root, name));
    }
    const routes = parseRoutes(await readDirectory(root, routeListing), createObjectReader("3.7"), noRoutes);
    const declared = candidatesOf(routes).filter(({ problem }) => problem === undefined);
    expect(declared.map(({ id }) => id)).toEqual((ours === "none" ? [] : ours).map((name) => `http.routers/${name}`));
    const lines = routes.problems.map((line) => line.replace(`${root}/`, ""));
    expect(lines).toEqual(problems.map((part) => expect.stringContaining(part)));
    expect(await routersOf(root)).toEqual(theirs);
  });
});

/** The routers that the real Traefik has of the directory, sorted; `none` where it refuses to read it. */
async function routersOf(directory: string): Promise<readonly string[] | "none"> {
  const [web, api] = [await freePort(), await freePort()];
  const child = spawn(
    binary,
    [
      `--entryPoints.web.address=127.0.0.1:${web}`,
      `--entryPoints.traefik.address=127.0.0.1:${api}`,
      "--api.insecure=true",
      "--log.level=DEBUG",
      "--global.checkNewVersion=false",
      "--global.sendAnonymousUsage=false",
      "--providers.providersThrottleDuration=0s",
      `--providers.file.directory=${directory}`,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  try {
    return await until("Traefik has read the directory", async () => {
      if (log.includes("Error while building configuration")) return "none";
      const answer = await fetch(`http://127.0.0.1:${api}/api/http/routers?per_page=1000`).catch(() => undefined);
      if (!answer?.ok) return false;
      const all = (await answer.json()) as { name: string }[];
      const names = all.filter(({ name }) => name.endsWith("@file")).map(({ name }) => name.replace("@file", ""));
      return names.length > 0 && names.sort();
    });
  } finally {
    child.kill("SIGTERM");
    await exited;
  }
}
