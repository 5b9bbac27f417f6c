import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ListingOptions, limits } from "../../files/list-files.ts";
import { problemLine } from "../../files/problem.ts";
import { readDirectory, sameReading } from "../../files/read-directory.ts";
import { runs } from "../support/runs.ts";

let root: string;
let groups: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "rollcall-")));
  groups = join(root, "groups");
  mkdirSync(groups);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array = name) => writeFileSync(join(root, name), content);
const link = (target: string, name: string) => symlinkSync(target, join(root, name));

async function read(directory = groups, options?: ListingOptions) {
  const { files, problems, watched } = await readDirectory(directory, options);
  return {
    files: Object.fromEntries(
      [...files].map(([file, bytes]) => [file.replace(`${root}/`, ""), Buffer.from(bytes).toString()]),
    ),
    problems: problems.map((problem) => problemLine(problem).replaceAll(`${root}/`, "")),
    watched: watched.map((path) => path.replace(root, ".")),
  };
}

describe("the files of a directory", () => {
  test("are its *.yaml and *.yml in any case and in code point order, without dot files, backups and what lies deeper", async () => {
    for (const name of ["b.yml", "a.yaml", "B.YAML", ".a.yaml", "a.yaml~", ".#a.yaml", "a.yaml.swp", "a.json", "yaml"])
      write(`groups/${name}`);
    mkdirSync(join(groups, "deeper"));
    write("groups/deeper/c.yaml");
    const { files, problems } = await read();
    expect(Object.keys(files)).toEqual(["groups/B.YAML", "groups/a.yaml", "groups/b.yml"]);
    expect(files["groups/a.yaml"]).toBe("groups/a.yaml");
    expect(problems).toEqual([]);
  });

  test("are not its *.json, nor those of its subdirectories, which is remarked and is no problem", async () => {
    write("groups/b.JSON", "{}");
    for (const name of ["team", "docs", ".git"]) mkdirSync(join(groups, name));
    for (const name of ["team/a.yaml", "docs/a.md", ".git/a.yaml"]) write(`groups/${name}`);
    const { files, problems, remarks } = await readDirectory(groups);
    expect([files.size, problems]).toEqual([0, []]);
    const json = "is JSON, so it is not read; JSON is YAML too: name it .yaml if it should be";
    const team = "is a subdirectory, so the files in it are not read; move them up if they should be";
    expect(remarks).toEqual([
      { file: join(groups, "b.JSON"), path: "", message: json },
      { file: join(groups, "team"), path: "", message: team },
    ]);
  });

  test("are none in an empty directory, which is named", async () => {
    mkdirSync(join(groups, "deeper/still"), { recursive: true });
    write("groups/deeper/still/.gitkeep");
    const { empty } = await readDirectory(groups, { recursive: true, reads: () => true });
    expect(empty).toEqual([join(groups, "deeper/still")]);
  });

  test("are named as the directory was given", async () => {
    write("groups/a.yaml");
    const { files } = await readDirectory(`${root}/./groups/../groups`);
    expect([...files.keys()]).toEqual([`${root}/groups/a.yaml`]);
  });

  test("may be empty, and as large as 256 KiB", async () => {
    write("groups/a.yaml", "");
    write("groups/b.yaml", Buffer.alloc(256 * 1024));
    const { files } = await readDirectory(groups);
    expect([...files.values()].map((bytes) => bytes.length)).toEqual([0, 256 * 1024]);
  });
});

describe("what is not read, and why", () => {
  test("a file over 256 KiB", async () => {
    write("groups/a.yaml", Buffer.alloc(10_000_000));
    expect((await read()).problems).toEqual([
      "groups/a.yaml: error: has 10000000 bytes, more than 262144, so it is not read; split it",
    ]);
  });

  test("a FIFO, a directory and a socket, without waiting for anyone", async () => {
    execFileSync("/usr/bin/mkfifo", [join(groups, "a.yaml")]);
    mkdirSync(join(groups, "b.yaml"));
    const server = createServer().listen(join(groups, "c.yaml"));
    await new Promise((done) => server.once("listening", done));
    expect((await read()).problems).toEqual(
      ["a", "b", "c"].map(
        (name) => `groups/${name}.yaml: error: is not a regular file, so it is not read; remove or rename it`,
      ),
    );
    server.close();
  });

  test("a link out of the directory, also to a directory whose name begins alike", async () => {
    write("secret.yaml");
    mkdirSync(join(root, "groups-old"));
    write("groups-old/b.yaml");
    link("../secret.yaml", "groups/a.yaml");
    link("../groups-old/b.yaml", "groups/b.yaml");
    link("/dev/zero", "groups/c.yaml");
    const { files, problems } = await read();
    expect(files).toEqual({});
    expect(problems).toEqual(
      ["a", "b", "c"].map(
        (name) =>
          `groups/${name}.yaml: error: is a link out of its directory, so it is not read; put the file itself there`,
      ),
    );
  });

  test("a link to nowhere, and one to itself", async () => {
    link("nowhere.yaml", "groups/a.yaml");
    link("b.yaml", "groups/b.yaml");
    expect((await read()).problems).toEqual([
      "groups/a.yaml: error: is a link that leads nowhere; mend or remove the link",
      "groups/b.yaml: error: is a link that leads back to itself; mend the link",
    ]);
  });

  test("a missing directory; the nearest one above is watched", async () => {
    expect(await read(join(groups, "x/y"))).toEqual({
      files: {},
      problems: ["groups/x/y: error: there is no such directory; create it, or name another"],
      watched: ["./groups"],
    });
  });

  test("a file in place of the directory, and what lies below a file", async () => {
    write("file");
    expect((await read(join(root, "file"))).problems).toEqual([
      "file: error: is not a directory; name the directory that holds the group files",
    ]);
    expect(await read(join(root, "file/x"))).toMatchObject({
      problems: ["file/x: error: is not a directory; name the directory that holds the group files"],
      watched: ["."],
    });
  });

  test("a directory that is a link to itself", async () => {
    link("loop", "loop");
    expect((await read(join(root, "loop"))).problems).toEqual([
      "loop: error: is a link that leads back to itself; mend the link",
    ]);
  });

  test("a path that is none", async () => {
    expect((await read("a\0b")).problems).toEqual([expect.stringMatching(/^a\ufffdb: error: cannot be read: /)]);
  });

  test("what this user may not read", async () => {
    write("groups/a.yaml");
    chmodSync(join(groups, "a.yaml"), 0o000);
    mkdirSync(join(root, "closed"), { mode: 0o000 });
    chmodSync(root, 0o755);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      expect((await read()).problems).toEqual([
        expect.stringMatching(/^groups\/a.yaml: error: may not be read by this user; /),
      ]);
      expect((await read(join(root, "closed"))).problems).toEqual([
        expect.stringMatching(/^closed: error: may not be read by this user; /),
      ]);
      expect((await read(join(root, "closed/x"))).problems).toEqual([
        expect.stringMatching(/^closed\/x: error: may not be read by this user; /),
      ]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe("the directories in a directory", () => {
  const reads = (name: string) => (name.endsWith(".no") ? "is not wanted; remove it" : name.endsWith(".yaml"));
  const deep = (directory = groups) => read(directory, { recursive: true, reads });
  const put = (...names: string[]) => {
    for (const name of names) {
      mkdirSync(dirname(join(groups, name)), { recursive: true });
      write(`groups/${name}`);
    }
  };

  test("are read with what is in them, in code point order of the whole names, and all of them are watched", async () => {
    put("b.yaml", "a/z.yaml", "a.yaml", "a/b/c/d.yaml", "dir.yaml/x.yaml", "a/none.yml");
    mkdirSync(join(groups, "empty"));
    const { files, problems, watched } = await deep();
    const names = ["a.yaml", "a/b/c/d.yaml", "a/z.yaml", "b.yaml", "dir.yaml/x.yaml"];
    expect(Object.keys(files)).toEqual(names.map((name) => `groups/${name}`));
    expect(problems).toEqual([]);
    expect([...watched].sort()).toEqual(
      [".", "./a", "./a/b", "./a/b/c", "./dir.yaml", "./empty"].map((at) => at.replace(".", "./groups")),
    );
  });

  test("are not read where their name begins with a dot, and nothing in them is", async () => {
    put(".git/x.yaml", "a/.hidden.yaml", "a/.git/deep/x.yaml", "..data/x.yaml");
    expect(await deep()).toEqual({ files: {}, problems: [], watched: ["./groups", "./groups/a"] });
  });

  test("are not followed by a link, be it a circle or out, and that is said; a link to nowhere that would not be read is not", async () => {
    put("a/x.yaml");
    mkdirSync(join(root, "outside"));
    write("outside/y.yaml");
    for (const [target, name] of [
      ["a", "b"],
      [".", "loop"],
      ["..", "a/up"],
      ["../outside", "out"],
      ["a", "c.yaml"],
      ["nowhere", "nothing"],
      ["own", "own"],
    ] as const)
      link(target, `groups/${name}`);
    const { files, problems } = await deep();
    expect(Object.keys(files)).toEqual(["groups/a/x.yaml"]);
    const why =
      "error: is a link to a directory, which is not followed; put the directory itself there, or remove the link";
    expect(problems).toEqual(["a/up", "b", "c.yaml", "loop", "out"].map((name) => `groups/${name}: ${why}`));
  });

  test("hold files that are links, if they lead to what lies in the whole directory", async () => {
    put("a/x.yaml", "b/real.yaml");
    link("../b/real.yaml", "groups/a/linked.yaml");
    write("secret.yaml");
    link("../../secret.yaml", "groups/a/out.yaml");
    const { files, problems } = await deep();
    expect(files["groups/a/linked.yaml"]).toBe("b/real.yaml".replace(/^/, "groups/"));
    expect(problems).toEqual([expect.stringMatching(/^groups\/a\/out\.yaml: error: is a link out of its directory/)]);
  });

  test("may hold what is told of and not read", async () => {
    put("a/x.no", ".y.no");
    expect((await deep()).problems).toEqual(["groups/a/x.no: error: is not wanted; remove it"]);
  });

  test("are read to a depth, and what lies deeper is said", async () => {
    const path = (depth: number) => Array.from({ length: depth }, (_, index) => `d${index}`).join("/");
    put(`${path(limits.depth)}/x.yaml`, `${path(limits.depth + 1)}/y.yaml`);
    const { files, problems } = await deep();
    expect(Object.keys(files)).toEqual([`groups/${path(limits.depth)}/x.yaml`]);
    expect(problems).toEqual([
      `groups/${path(limits.depth + 1)}: error: lies more than 16 directories deep, so it is not read; move it up`,
    ]);
  });

  test("are not read at all where there are too many of them", async () => {
    for (let index = 0; index <= limits.directories; index++) mkdirSync(join(groups, `d${index}`));
    expect((await deep()).problems).toEqual([
      "groups: error: holds more than 1000 directories, so nothing of it is read; name another, or split it",
    ]);
  });

  test("are not read at all where there are too many files in them", async () => {
    mkdirSync(join(groups, "a"));
    for (let index = 0; index <= limits.files; index++) write(`groups/a/${index}.yaml`, "");
    const { files, problems } = await deep();
    expect(files).toEqual({});
    expect(problems).toEqual([
      "groups: error: holds more than 10000 files, so nothing of it is read; name another, or split it",
    ]);
  });

  test("which this user may not read are said, and the others are read", async () => {
    put("closed/a.yaml", "open/b.yaml");
    chmodSync(join(groups, "closed"), 0o000);
    chmodSync(root, 0o755);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      const { files, problems } = await deep();
      expect(Object.keys(files)).toEqual(["groups/open/b.yaml"]);
      expect(problems).toEqual([expect.stringMatching(/^groups\/closed: error: may not be read by this user; /)]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test("never make a reading reject while they come and go", async () => {
    let busy = true;
    const churn = (async () => {
      for (let i = 0; busy; i++) {
        mkdirSync(join(groups, `${i % 7}/in`), { recursive: true });
        write(`groups/${i % 7}/in/${i % 3}.yaml`, "x");
        rmSync(join(groups, `${(i + 3) % 7}`), { recursive: true, force: true });
        await new Promise((done) => setImmediate(done));
      }
    })();
    try {
      for (let i = 0; i < runs(5); i++)
        for (const { message } of (await readDirectory(groups, { recursive: true, reads })).problems)
          expect(message).toMatch(/is gone|grew while/);
    } finally {
      busy = false;
      await churn;
    }
  });
});

describe("what is watched", () => {
  test("is the real directory", async () => {
    expect((await read()).watched).toEqual(["./groups"]);
  });

  test("is the directory of a link on the way, for git-sync swaps it", async () => {
    mkdirSync(join(root, "git/one/groups"), { recursive: true });
    write("git/one/groups/a.yaml");
    link("one", "git/current");
    expect(await read(join(root, "git/current/groups"))).toEqual({
      files: { "git/current/groups/a.yaml": "git/one/groups/a.yaml" },
      problems: [],
      watched: ["./git", "./git/one/groups"],
    });
  });

  test("is the real directory of a linked file, and that of each link to it, as in a Kubernetes config map", async () => {
    mkdirSync(join(groups, "..1/sub"), { recursive: true });
    write("groups/..1/a.yaml", "one");
    link("..1", "groups/..data");
    link("..data/a.yaml", "groups/a.yaml");
    expect(await read()).toEqual({
      files: { "groups/a.yaml": "one" },
      problems: [],
      watched: ["./groups", "./groups/..1"],
    });

    mkdirSync(join(groups, "..2"));
    write("groups/..2/a.yaml", "two");
    link("..2", "groups/..data_tmp");
    renameSync(join(groups, "..data_tmp"), join(groups, "..data"));
    expect(await read()).toMatchObject({ files: { "groups/a.yaml": "two" }, watched: ["./groups", "./groups/..2"] });
  });
});

describe("two readings", () => {
  test("are the same only where names, bytes, problems and watched directories are", async () => {
    write("groups/a.yaml", "one");
    const first = await readDirectory(groups);
    expect(sameReading(first, await readDirectory(groups))).toBe(true);
    write("groups/a.yaml", "two");
    const second = await readDirectory(groups);
    expect(sameReading(first, second)).toBe(false);
    renameSync(join(groups, "a.yaml"), join(groups, "b.yaml"));
    const third = await readDirectory(groups);
    expect(sameReading(second, third)).toBe(false);
    link("nowhere", "groups/c.yaml");
    expect(sameReading(third, await readDirectory(groups))).toBe(false);
    for (const other of [{ watched: [] }, { empty: [groups] }, { remarks: [{ file: groups, path: "", message: "" }] }])
      expect(sameReading(third, { ...third, ...other })).toBe(false);
  });

  test("never reject while files come and go", async () => {
    let busy = true;
    const churn = (async () => {
      for (let i = 0; busy; i++) {
        write(`groups/${i % 20}.yaml`, "x".repeat(i % 3000));
        rmSync(join(groups, `${(i + 7) % 20}.yaml`), { force: true });
        if (i % 5 === 0) await new Promise((done) => setImmediate(done));
      }
    })();
    for (let i = 0; i < runs(10); i++) {
      const { problems } = await readDirectory(groups);
      for (const { message } of problems) expect(message).toMatch(/is gone|grew while/);
    }
    busy = false;
    await churn;
  });
});
