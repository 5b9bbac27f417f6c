import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unknownVerb } from "../../cli/unknown-verb.ts";
import { main } from "../support/cli/cli.ts";
import { groupFile, isColoured, usePlaces } from "./places.ts";

const { place, run } = usePlaces();

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

describe("--help", () => {
  test.each([
    ["", ["serve", "check", "status", "wait", "--version", "--help"]],
    ["serve", ["-c, --config <file>", "ROLLCALL_CONFIG"]],
    ["check", ["[path]", "-c, --config <file>"]],
    ["status", ["[groups...]", "-c, --config <file>", "-o, --output <format>", "table", "json", "yaml", "-q, --quiet"]],
    [
      "wait",
      [
        "[groups...]",
        "-c, --config <file>",
        "--for <what>",
        "ready",
        "fetched",
        "--allow-stale",
        "--timeout <time>",
        "(default: 1m)",
      ],
    ],
  ])("of %j names each argument and flag, on standard output", async (verb, words) => {
    const { code, stdout, stderr } = await run(place(), [...(verb ? [verb] : []), "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const word of words) expect(stdout).toContain(word);
    expect(isColoured(stdout)).toBe(false);
  });
});

test("--version is that of the package", async () => {
  expect(await run(place(), ["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("words that are wrong end with 64, and two lines on standard error say what is right and where the help is", () => {
  test.each([
    ["an unknown option", ["check", "--colour"], /unknown option '--colour'/],
    ["an unknown verb", ["chek"], /^error: unknown command 'chek' \(Did you mean check\?\)/],
    ["an unknown format", ["status", "-o", "xml"], /Allowed choices are table, json, yaml/],
    ["a thing that cannot be waited for", ["wait", "--for=christmas"], /Allowed choices are ready/],
    ["a time that is none", ["wait", "--timeout", "soon"], /A time is written as "90s", "5m" or "1h"/],
    ["a second directory", ["check", "a", "b"], /too many arguments/],
    ["a flag without its value", ["serve", "--config"], /argument missing/],
  ])("%s", async (_, args, words) => {
    const { code, stdout, stderr } = await run(place(), args);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(words);
    expect(stderr.split("\n").slice(1)).toEqual([expect.stringMatching(/^See rollcall( \w+)? --help$/), ""]);
  });

  test("without a verb the help itself", async () => {
    const { code, stdout, stderr } = await run(place(), []);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(/^Usage: rollcall/);
  });
});

test.each([
  ["delete", /`rollcall scale GROUP=0 --deploy` removes the instances/],
  ["plan", /`rollcall deploy` shows the plan, and asks/],
  ["validate", /it is `rollcall check`$/],
  ["deplyo", /\(Did you mean deploy\?\)$/],
  ["constructor", /^unknown command 'constructor'$/],
])("for the verb %s it names what to use, and never a verb that does the opposite", (verb, words) => {
  expect(unknownVerb(verb, ["serve", "check", "deploy", "explain"])).toMatch(words);
});

describe("where the system refuses, one plain line and an exit code say so", () => {
  const shell = (cwd: string, script: string) => {
    const { status, stderr } = spawnSync("/bin/sh", ["-c", script, "sh", process.execPath, main], {
      cwd,
      encoding: "utf8",
    });
    return { code: status, stderr };
  };
  const good = () => place({ "groups/web.yaml": groupFile("web", 1) });

  test("an output on a full disk", () => {
    const line = "rollcall: cannot write the output: no space left; make room, or write elsewhere\n";
    expect(shell(good(), '"$1" "$2" check >/dev/full')).toEqual({ code: 1, stderr: line });
  });

  test("a reader that has closed the output is no error", () => {
    expect(shell(good(), '{ "$1" "$2" check; echo "ended with $?" >&2; } | true').stderr).toBe("ended with 0\n");
  });

  test("a working directory that was deleted", () => {
    const gone = join(place(), "gone");
    mkdirSync(gone);
    const { code, stderr } = shell(gone, 'rmdir "$PWD"; exec "$1" "$2" check');
    expect([code, stderr]).toEqual([1, "rollcall: the working directory was deleted: cd to another one\n"]);
  });

  test("few file descriptors, already while it loads", () => {
    const { code, stderr } = shell(good(), 'ulimit -n 24; exec "$1" "$2" check');
    expect([code, stderr]).toEqual([1, "rollcall: too many open files; raise the limit: ulimit -n 1024\n"]);
  });

  test("a document that is a directory, or is not there", async () => {
    const at = good();
    const [directory, missing] = await Promise.all([
      run(at, ["check", "--document", "groups"]),
      run(at, ["check", "--document", "none.json"]),
    ]);
    expect([directory.code, directory.stderr]).toEqual([1, "rollcall: groups: is a directory, and a file is needed\n"]);
    expect([missing.code, missing.stderr]).toEqual([1, "rollcall: none.json: does not exist\n"]);
  });
});
