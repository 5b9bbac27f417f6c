import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { errorWords } from "../../files/system-error.ts";
import { openStateDirectory } from "../../server/state/state-directory.ts";
import { groupFile, usePlaces } from "./places.ts";

const { place, run } = usePlaces();

/** A place with a group, a file, a directory and a link that leads back to itself. */
function odd() {
  const at = place({ "groups/web.yaml": groupFile("web", 1), file: "" });
  mkdirSync(join(at, "directory"));
  symlinkSync("loop", join(at, "loop"));
  return at;
}

const missing = "does not exist";
const directory = "is a directory, and a file is needed";
const inside = "a part of the path is not a directory";
const loop = "is a link that leads back to itself; mend the link";

test.each([
  ["none.yaml", missing],
  ["directory", directory],
  ["file/rollcall.yaml", inside],
  ["loop", loop],
])("a configuration at %s is named, with what is wrong with the path", async (name, words) => {
  const at = odd();
  const stdout = "";
  const stderr = `${join(at, name)}: error: ${words}\nFAILED: 1 error in 1 file\n`;
  expect(await run(at, ["check", "--config", name])).toEqual({ code: 1, stdout, stderr });
});

test.each([
  ["none", missing],
  ["directory", directory],
  ["file/a", inside],
  ["loop", loop],
  ["", missing],
])("a document at %j is named, with what is wrong with the path", async (name, words) => {
  const stderr = `rollcall: ${name || '""'}: ${words}\n`;
  expect(await run(odd(), ["check", "--document", name])).toMatchObject({ code: 1, stderr });
});

test("an empty path is no path, and an empty --config no configuration", async () => {
  const at = odd();
  const path = "error: the path is empty; leave it out to check everything\nSee rollcall check --help\n";
  expect(await run(at, ["check", ""])).toMatchObject({ code: 64, stderr: path });
  const config = "rollcall: --config is empty: name a file, or leave it out\n";
  expect(await run(at, ["check", "--config", ""])).toMatchObject({ code: 1, stderr: config });
  expect((await run(at, ["check"], { ROLLCALL_CONFIG: "" })).code).toBe(0);
});

test("what to check is named if it is a link to itself", async () => {
  expect((await run(odd(), ["check", "loop"])).stdout).toBe(`loop: error: ${loop}\nFAILED: 1 error in 1 file\n`);
});

test.each(["check", "scale"])("groups that are a file are told to %s, with the cure", async (verb) => {
  const at = place({ "rollcall.yaml": "groups: ./file\n", file: "" });
  const { code, stdout, stderr } = await run(at, verb === "scale" ? [verb, "web=2"] : [verb]);
  const cure = "is not a directory; name the directory that holds the group files";
  expect([code, stdout + stderr]).toEqual([1, `${join(at, "file")}: error: ${cure}\nFAILED: 1 error in 1 file\n`]);
});

test.each([
  ["file", "a file is in the way; remove it"],
  ["file/state", inside],
  ["loop", loop],
])("a state directory at %s is named, with the setting", async (name, words) => {
  const path = join(odd(), name);
  const opened = openStateDirectory(path, "3.7", pino({ level: "silent" }));
  await expect(opened).rejects.toThrow(`${path}: ${words} (state can name another directory)`);
});

test("a server that does not answer is told in words", async () => {
  const at = place({ "rollcall.yaml": "admin: { listen: '127.0.0.1:1' }\n" });
  const stderr = "rollcall: no server answers at 127.0.0.1:1 (connection refused): is rollcall serve running";
  expect((await run(at, ["status"])).stderr).toContain(stderr);
});

test("every other error of the operating system is told in its words, without a code", () => {
  const of = (code: string, errno: number) =>
    errorWords(Object.assign(new Error(`${code}: x, open 'y'`), { code, errno, syscall: "open" }));
  expect([of("EBUSY", -16), of("EIO", -5), of("EACCES", -13)]).toEqual([
    "resource busy or locked",
    "i/o error",
    "permission denied; allow this user to use it (chmod, chown, setfacl)",
  ]);
  expect(errorWords(new Error("of rollcall"))).toBe("of rollcall");
});
