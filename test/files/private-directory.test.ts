import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { privateDirectory } from "../../files/private-directory.ts";

let at: string;
beforeEach(() => {
  at = mkdtempSync(join(tmpdir(), "rollcall-private-"));
});
afterEach(() => rmSync(at, { recursive: true, force: true }));
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("a private directory", () => {
  test("is made with those above it, for this user alone", () => {
    privateDirectory(join(at, "a/b"));
    expect([modeOf(join(at, "a")), modeOf(join(at, "a/b"))]).toEqual([0o700, 0o700]);
  });

  test("that others could enter before is closed to them, and keeps what is in it", () => {
    const path = join(at, "old");
    mkdirSync(path);
    chmodSync(path, 0o775);
    writeFileSync(join(path, "file"), "kept");
    privateDirectory(path);
    expect([modeOf(path), statSync(join(path, "file")).size]).toEqual([0o700, 4]);
  });

  test("is no link and no file, and has no link in it", () => {
    mkdirSync(join(at, "real"));
    symlinkSync(join(at, "real"), join(at, "link"));
    writeFileSync(join(at, "file"), "");
    for (const name of ["link", "file"])
      expect(() => privateDirectory(join(at, name))).toThrow(`${join(at, name)} is a link or a file`);
    expect(() => privateDirectory(at)).toThrow(`${join(at, "link")} is a link, which is not followed: remove it`);
  });

  test("is not one that all users share", () => {
    chmodSync(at, 0o1777);
    expect(() => privateDirectory(at)).toThrow(`${at} is shared by all users`);
  });

  test("of another user is refused", () => {
    const isRoot = process.getuid?.() === 0;
    const foreign = isRoot ? at : "/";
    if (isRoot) chownSync(at, 65_534, 65_534);
    expect(() => privateDirectory(foreign)).toThrow(`${foreign} belongs to user ${isRoot ? 65_534 : 0}`);
  });
});
