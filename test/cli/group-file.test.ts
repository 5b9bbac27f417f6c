import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editGroups, type GroupChange } from "../../cli/edit/group-file.ts";
import { takeLock } from "../../files/lock.ts";
import { ProblemsError } from "../../files/problems-error.ts";
import { oneSource } from "../shared/literals.ts";
import { groupFile, usePlaces } from "./places.ts";

const { place } = usePlaces();
const five = [{ path: ["replicas"], value: 5 }];

/** What an edit of one group would make of a directory. */
function edit(directory: string, group: string, changes: readonly GroupChange[]) {
  return editGroups({ directory, context: oneSource, changes: changes.map((one) => ({ group, ...one })) });
}

function groups(files: Readonly<Record<string, string>>) {
  const directory = place(files);
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  return { directory, read, file: (name: string) => join(directory, name) };
}

describe("the file of a group", () => {
  test("gets the changes of its own document, and keeps all else", async () => {
    const before = `# both\n${groupFile("web", 3)}---\n# the second\n${groupFile("api", 1)}`;
    const { directory, read, file } = groups({ "all.yaml": before, "z.yml": groupFile("z", 1) });
    const both = await edit(directory, "api", [{ path: ["rollout", "image"], value: "v2" }, ...five]);
    expect(both.changes[0]?.file).toBe(file("all.yaml"));
    await both.write();
    expect(read("all.yaml")).toBe(before.replace("replicas: 1", "replicas: 5").concat("rollout:\n  image: v2\n"));
    await (await edit(directory, "api", [{ path: ["rollout", "image"], value: undefined }])).write();
    expect(read("all.yaml")).toBe(before.replace("replicas: 1", "replicas: 5"));
    expect(readdirSync(directory)).toEqual(["all.yaml", "z.yml"]);
  });

  test("keeps its mode", async () => {
    const { directory, file } = groups({ "web.yaml": groupFile("web", 3) });
    chmodSync(file("web.yaml"), 0o640);
    await (await edit(directory, "web", five)).write();
    expect(statSync(file("web.yaml")).mode & 0o777).toBe(0o640);
  });

  test("stays a link if it is one, and its target is written", async () => {
    const { directory, read, file } = groups({ "data/w": groupFile("web", 3) });
    symlinkSync("data/w", file("web.yaml"));
    await (await edit(directory, "web", five)).write();
    expect(lstatSync(file("web.yaml")).isSymbolicLink()).toBe(true);
    expect(read("data/w")).toBe(groupFile("web", 5));
    expect(readdirSync(file("data"))).toEqual(["w"]);
  });

  test("is not written if it was changed meanwhile", async () => {
    const { directory, read, file } = groups({ "web.yaml": groupFile("web", 3) });
    const edited = await edit(directory, "web", five);
    writeFileSync(file("web.yaml"), groupFile("web", 4));
    await expect(edited.write()).rejects.toThrow("web.yaml was changed by another program meanwhile");
    expect(read("web.yaml")).toBe(groupFile("web", 4));
    expect(readdirSync(directory)).toEqual(["web.yaml"]);
  });

  test("is not written when it is gone", async () => {
    const { directory, file } = groups({ "web.yaml": groupFile("web", 3) });
    const edited = await edit(directory, "web", five);
    rmSync(file("web.yaml"));
    await expect(edited.write()).rejects.toThrow("web.yaml no longer exists");
    expect(readdirSync(directory)).toEqual([]);
  });

  test("takes the edit of one of two at once, and refuses that of the other", async () => {
    const { directory, read } = groups({ "web.yaml": groupFile("web", 3) });
    const seven = [{ path: ["replicas"], value: 7 }];
    const [one, other] = [await edit(directory, "web", five), await edit(directory, "web", seven)];
    const ends = await Promise.allSettled([one.write(), other.write()]);
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(read("web.yaml")).toBe(groupFile("web", ends[0].status === "fulfilled" ? 5 : 7));
    expect(readdirSync(directory)).toEqual(["web.yaml"]);
  });

  test("is not written while another edit is, which is named", async () => {
    const { directory, read } = groups({ "web.yaml": groupFile("web", 3) });
    const edited = await edit(directory, "web", five);
    const lock = await takeLock(directory, "another rollcall");
    await expect(edited.write()).rejects.toThrow(
      new RegExp(`web\\.yaml is not edited: another rollcall \\(process ${process.pid}\\) has been at work in `),
    );
    lock.release();
    expect(read("web.yaml")).toBe(groupFile("web", 3));
    expect(readdirSync(directory)).toEqual(["web.yaml"]);
  });

  test("is written though an edit that was killed has left its own file", async () => {
    const { directory, read } = groups({ "web.yaml": groupFile("web", 3), ".web.yaml.rollcall": "name: w" });
    await (await edit(directory, "web", five)).write();
    expect(read("web.yaml")).toBe(groupFile("web", 5));
    expect(readdirSync(directory)).toEqual(["web.yaml"]);
  });
});

describe("a group that cannot be found", () => {
  test.each([
    [
      "is told of the one that was meant",
      { "a.yaml": groupFile("web", 1) },
      /declares no group wep, did you mean "web"\?$/,
    ],
    [
      "is named with the directory",
      { "a.yaml": groupFile("api", 1) },
      /rollcall-cli-\w+ declares no group wep; there is api$/,
    ],
    [
      "may be in a file with mistakes",
      { "a.yaml": "name: [" },
      /no group wep in the files that can be read, and .*a\.yaml can't: `rollcall check`/,
    ],
    [
      "is declared twice",
      { "a.yaml": groupFile("wep", 1), "b.yaml": groupFile("wep", 2) },
      /in .*a\.yaml and in .*b\.yaml: `rollcall check`/,
    ],
    [
      "has a second document with mistakes",
      { "a.yaml": `${groupFile("wep", 1)}---\na: 1\na: 2\n` },
      /a\.yaml has errors: `rollcall check`/,
    ],
  ])("%s", async (_, files, message) => {
    await expect(edit(place(files), "wep", five)).rejects.toThrow(message);
  });

  test("is in no directory", async () => {
    await expect(edit(join(place(), "none"), "web", five)).rejects.toThrow(
      /none: there is no such directory; create it, or name another$/,
    );
  });
});

describe("changes of several groups", () => {
  const both = ["api", "web"].map((group) => ({ group, path: ["replicas"], value: 5 }));

  test("are known before they are written", async () => {
    const { directory, read, file } = groups({ "api.yaml": groupFile("api", 5), "web.yaml": groupFile("web", 3) });
    const edited = await editGroups({ directory, context: oneSource, changes: both });
    expect(edited.groups.map(({ name, replicas }) => [name, replicas])).toEqual([
      ["api", 5],
      ["web", 5],
    ]);
    expect(edited.changes).toEqual([
      { group: "api", path: ["replicas"], before: 5, file: file("api.yaml"), line: 2 },
      { group: "web", path: ["replicas"], before: 3, file: file("web.yaml"), line: 2 },
    ]);
    expect(read("web.yaml")).toBe(groupFile("web", 3));
    await edited.write();
    expect([read("api.yaml"), read("web.yaml")]).toEqual([groupFile("api", 5), groupFile("web", 5)]);
  });

  test("are all refused with the problems that the files would have", async () => {
    const gated = groupFile("web", 3, "gate: { minimum: 2 }\n");
    const { directory, file } = groups({ "api.yaml": groupFile("api", 3), "web.yaml": gated });
    const changes = both.map((one) => ({ ...one, value: 1 }));
    const refused = await editGroups({ directory, context: oneSource, changes }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProblemsError);
    expect((refused as ProblemsError).problems).toMatchObject([
      { file: file("web.yaml"), line: 4, column: 18, path: "gate.minimum", message: "more than the 1 replicas" },
    ]);
  });

  test("are all taken back when one file cannot be written", async () => {
    const { directory, read, file } = groups({ "api.yaml": groupFile("api", 3), "web.yaml": groupFile("web", 3) });
    const edited = await editGroups({ directory, context: oneSource, changes: both });
    writeFileSync(file("web.yaml"), groupFile("web", 4));
    await expect(edited.write()).rejects.toThrow("web.yaml was changed by another program meanwhile");
    expect([read("api.yaml"), read("web.yaml")]).toEqual([groupFile("api", 3), groupFile("web", 4)]);
    expect(readdirSync(directory)).toEqual(["api.yaml", "web.yaml"]);
  });

  test("may be of one file", async () => {
    const { directory, read } = groups({ "all.yaml": `${groupFile("web", 3)}---\n${groupFile("api", 3)}` });
    mkdirSync(join(directory, "more"));
    await (await editGroups({ directory, context: oneSource, changes: both })).write();
    expect(read("all.yaml")).toBe(`${groupFile("web", 5)}---\n${groupFile("api", 5)}`);
  });

  test("that cannot be made in the text are refused with the file and the line", async () => {
    const { directory, file } = groups({ "web.yaml": groupFile("web", 3).replace("3", "&n 3").concat("nic: *n\n") });
    const refused = editGroups({ directory, context: oneSource, changes: both.slice(1) });
    await expect(refused).rejects.toThrow(`${file("web.yaml")}, line 2: replicas is &n, and would change wherever`);
  });
});
