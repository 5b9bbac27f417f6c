import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nothingKept } from "../../../server/state/format.ts";
import { openStateDirectory } from "../../../server/state/state-directory.ts";
import { group } from "../../support/server/literals.ts";
import { until } from "../../support/until.ts";

let path: string;
const lines: string[] = [];
const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "rollcall-state-"));
  lines.length = 0;
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const open = () => openStateDirectory(path, "3.7", log);
const kept = (replicas: number) => ({ ...nothingKept, groups: [group("web", replicas)] });
const memory = () => join(path, "memory.json");

describe("a second server on the same state directory", () => {
  test("is refused, and the message names the process of the first, until that has closed it", async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(
      new RegExp(
        `^rollcall serve \\(process ${process.pid}\\) has been at work in ${path} since 2.*: stop that one, or set state to another`,
      ),
    );
    await first.close();
    expect(readdirSync(path)).toEqual([]);
    await (await open()).close();
  });

  test("is started when the first was killed", async () => {
    const loader = join(import.meta.dirname, "../../../node_modules/tsx/dist/loader.mjs");
    const code = `import("${join(import.meta.dirname, "../../../files/lock.ts")}").then(({ takeLock }) => takeLock("${path}", "rollcall serve")).then(() => console.log("taken")); setInterval(() => {}, 1000)`;
    const child = spawn(process.execPath, ["--import", loader, "-e", code]);
    // Its file alone says little: of two that start at once both give up and try again.
    await once(child.stdout, "data");
    await expect(open()).rejects.toThrow(`(process ${child.pid})`);
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await open()).close();
    expect(readdirSync(path)).toEqual([]);
  });

  test("is started when the first one was on another host: a new container has another name", async () => {
    const processes = [{ pid: process.pid, what: "rollcall serve" }];
    writeFileSync(join(path, "a.lock"), JSON.stringify({ host: "elsewhere", since: "2026", processes }));
    await (await open()).close();
    expect(readdirSync(path)).toEqual([]);
  });
});

describe("what is in the place of the memory", () => {
  test("and is a FIFO is refused without waiting for a writer", async () => {
    execFileSync("/usr/bin/mkfifo", ["-m", "600", memory()]);
    await expect(open()).rejects.toThrow(`${memory()} is not a regular file: remove it`);
    expect(readdirSync(path)).toEqual(["memory.json"]);
  });

  test("and can be read in part keeps the rest; a copy of all is set aside, and the log names the part", async () => {
    const text = JSON.stringify({ format: 1, memory: { opened: true, groups: { web: 7 } }, groups: [group("api", 1)] });
    writeFileSync(memory(), text, { mode: 0o600 });
    const state = await open();
    expect(state.kept).toMatchObject({ memory: { opened: true }, groups: [{ name: "api" }] });
    expect(readFileSync(`${memory()}.set-aside`, "utf8")).toBe(text);
    expect(lines.join("")).toContain(
      `${memory()}: memory.groups.web can't be read and is left out; a copy is in ${memory()}.set-aside`,
    );
    await state.close();
  });
});

describe("what is written", () => {
  test("again after a failure, soon and without a new value, and the problem ends", async () => {
    const state = await open();
    mkdirSync(`${memory()}.new`);
    state.write(kept(1));
    await until("it failed", () => state.problem() !== undefined);
    expect(existsSync(memory())).toBe(false);
    rmdirSync(`${memory()}.new`);
    await until("it is written", () => state.problem() === undefined);
    expect(JSON.parse(readFileSync(memory(), "utf8")).groups[0].replicas).toBe(1);
    await state.close();
  });

  test("at the end too, if the newest write had failed", async () => {
    const state = await open();
    mkdirSync(`${memory()}.new`);
    state.write(kept(1));
    await until("it failed", () => state.problem() !== undefined);
    rmdirSync(`${memory()}.new`);
    await state.close();
    expect(existsSync(memory())).toBe(true);
  });

  test("can be read again: a part that could not be is left out and named, and a restart finds the others", async () => {
    const state = await open();
    const bad = group("bad", 1, { service: { protocol: "http", scheme: "http", port: 70_000 } });
    state.write({ ...nothingKept, groups: [bad, group("web", 2)] });
    await state.close();
    expect(lines.join("")).toContain("groups[0] can't be read and is left out");
    lines.length = 0;
    const next = await open();
    expect(next.kept.groups).toMatchObject([{ name: "web" }]);
    expect(lines).toEqual([]);
    await next.close();
  });
});
