import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createFileWriter } from "../../../server/outputs/file-writer.ts";
import { outputsSchema } from "../../../server/outputs/settings.ts";
import type { Written } from "../../../server/outputs/writer.ts";
import { until } from "../../support/until.ts";

/** A file for Traefik's file provider. */

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rollcall-file-"));
  for (const name of ["etc", "etc/dynamic", "state"]) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true }));
const at = () => join(root, "etc", "dynamic", "rollcall.yml");
const [signal] = [new AbortController().signal];
const written = (body: string, digit = "a"): Written => ({
  version: digit.repeat(64),
  body: Buffer.from(body),
  document: JSON.parse(body),
});
function writer(settings: { temporary?: string; mode?: string } = {}) {
  const [output] = outputsSchema.parse([{ file: at(), ...settings }]);
  if (!output || !("file" in output)) throw new Error("no file");
  const made = createFileWriter(output, join(root, "state"));
  return { ...made, write: (document: Written) => made.write(document, signal) };
}
const text = () => readFileSync(at(), "utf8");
const line = (digit: string) =>
  `# Written by rollcall, which compares it and writes it again: do not edit. Version ${digit.repeat(64)}\n`;

describe("a file", () => {
  test("holds the document and its version, and is readable by its group", async () => {
    const { write, target } = writer();
    expect(target).toBe(`file ${at()}`);
    expect(await write(written('{"http":{}}'))).toEqual({ warnings: [] });
    expect(text()).toBe(`${line("a")}{"http":{}}\n`);
    expect(lstatSync(at()).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(root, "etc"))).toEqual(["dynamic"]);
  });

  test("has the mode of the setting, which is put right too", async () => {
    const { write } = writer({ mode: "0600" });
    await write(written("{}"));
    expect(lstatSync(at()).mode & 0o777).toBe(0o600);
    chmodSync(at(), 0o666);
    await write(written("{}"));
    expect(lstatSync(at()).mode & 0o777).toBe(0o600);
  });

  test("is not written again if nothing differs", async () => {
    const { write } = writer();
    await write(written("{}"));
    const { ino } = lstatSync(at());
    await write(written("{}"));
    expect(lstatSync(at()).ino).toBe(ino);
  });

  test("has each {{ as a template that writes it", async () => {
    await writer().write(written('{"a":"{{ env }} {{{"}'));
    expect(text()).toBe(`${line("a")}{"a":"{{ "{{" }} env }} {{ "{{" }}{"}\n`);
  });

  test.each([
    ["cut off", () => writeFileSync(at(), text().slice(0, -3)), "was changed or cut off by somebody else"],
    ["emptied", () => writeFileSync(at(), ""), "was changed or cut off by somebody else"],
    ["removed", () => rmSync(at()), "was gone"],
    [
      "written by another rollcall",
      () => writeFileSync(at(), text().replaceAll("a".repeat(64), "b".repeat(64))),
      "was written by another rollcall, version bbbbbbbbbbbb: give each server a file of its own",
    ],
    [
      "replaced by a link",
      () => {
        rmSync(at());
        writeFileSync(join(root, "target"), "mine");
        symlinkSync(join(root, "target"), at());
      },
      "was gone",
    ],
  ])("that was %s is put right, and that is said", async (_, harm, said) => {
    const { write } = writer();
    await write(written("{}"));
    const before = text();
    harm();
    expect(await write(written("{}"))).toEqual({ warnings: [], repaired: `${at()} ${said}` });
    expect(text()).toBe(before);
    expect(lstatSync(at()).isFile()).toBe(true);
  });

  test("of an earlier run is taken over, cut off or not; one that is not rollcall's is never overwritten", async () => {
    await writer().write(written("{}"));
    writeFileSync(at(), text().slice(0, 20));
    expect(await writer().write(written("{}"))).toEqual({ warnings: [] });
    writeFileSync(at(), "http: {}\n");
    await expect(writer().write(written("{}"))).rejects.toThrow(
      `${at()} was not written by rollcall: name another file`,
    );
    expect(text()).toBe("http: {}\n");
  });

  test("is written by way of the state directory, or as a last resort inside the watched one, which is said", async () => {
    // Links to another file system: nothing can be renamed from beside the watched directory.
    const elsewhere = mkdtempSync("/dev/shm/rollcall-file-");
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    for (const name of ["etc/dynamic", "state"]) {
      rmSync(join(root, name), { recursive: true });
      mkdirSync(join(elsewhere, basename(name)));
      symlinkSync(join(elsewhere, basename(name)), join(root, name));
    }
    expect(await writer().write(written("{}"))).toEqual({ warnings: [] });
    rmSync(join(root, "state"));
    const { warnings } = await writer().write(written('{"b":1}', "b"));
    expect(warnings).toEqual([expect.stringContaining("each change takes 2 s longer")]);
    expect(readdirSync(join(root, "etc", "dynamic"))).toEqual(["rollcall.yml"]);
  });

  test("is written under a temporary name of each writer's own, so that no server renames what another one has half written", async () => {
    const names = new Set<string>();
    const watcher = watch(join(root, "etc"), (_, name) => void (name?.endsWith(".new") && names.add(name)));
    onTestFinished(() => watcher.close());
    await Promise.all(["a", "b"].map((digit) => writer().write(written("{}", digit))));
    await until("two names", () => names.size === 2);
    expect(readdirSync(join(root, "etc"))).toEqual(["dynamic"]);
  });

  test("takes with it what writers that were killed have left, and not what one at work is writing", async () => {
    const [left, young] = [".rollcall-rollcall.yml.0a.new", ".rollcall-rollcall.yml.0b.new"] as const;
    const places = ["etc", "state", "etc/dynamic"].map((place) => join(root, place));
    const ago = new Date(performance.timeOrigin - 120_000);
    for (const place of places) {
      for (const name of [left, young]) writeFileSync(join(place, name), "{");
      utimesSync(join(place, left), ago, ago);
    }
    await writer().write(written("{}"));
    const there = places.map((place) => readdirSync(place).filter((name) => name.endsWith(".new")));
    expect(there).toEqual([[young], [young], [young]]);
  });

  test("is written by way of the configured directory, and no other", async () => {
    await expect(writer({ temporary: "/dev/shm" }).write(written("{}"))).rejects.toThrow(
      `${at()} can't be written by way of /dev/shm: is on another file system`,
    );
  });

  test("is not written into a directory that is missing, which is never made", async () => {
    rmSync(join(root, "etc", "dynamic"), { recursive: true });
    await expect(writer().write(written("{}"))).rejects.toThrow(
      "dynamic: does not exist; make it, and then restart Traefik",
    );
  });

  test("is not written over a directory", async () => {
    mkdirSync(at());
    await expect(writer().write(written("{}"))).rejects.toThrow(`${at()}: is a directory, and a file is needed`);
  });

  test("in a directory that was made again is written, and that Traefik has to be restarted is said", async () => {
    const { write } = writer();
    await write(written("{}"));
    rmSync(join(root, "etc", "dynamic"), { recursive: true });
    mkdirSync(join(root, "etc", "dynamic"));
    const { warnings } = await write(written("{}"));
    expect(warnings).toEqual([expect.stringContaining("restart Traefik")]);
  });
});
