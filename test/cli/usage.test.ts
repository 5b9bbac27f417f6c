import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isColoured, usePlaces } from "./places.ts";

const { place, run } = usePlaces();

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

describe("--help", () => {
  test.each([
    ["", ["serve", "check", "status", "wait", "--version", "--help"]],
    ["serve", ["-c, --config <file>", "ROLLCALL_CONFIG"]],
    ["check", ["[directory]", "-c, --config <file>"]],
    ["status", ["-c, --config <file>", "-o, --output <format>", "table", "json", "yaml", "-q, --quiet"]],
    ["wait", ["[groups...]", "-c, --config <file>", "--for <what>", "complete", "--timeout <time>", "-q, --quiet"]],
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

describe("words that are wrong end with 64, and say what is right on standard error", () => {
  test.each([
    ["an unknown option", ["check", "--colour"], /unknown option '--colour'/],
    ["an unknown verb", ["chek"], /unknown command 'chek'\s+\(Did you mean check\?\)/],
    ["an unknown format", ["status", "-o", "xml"], /Allowed choices are table, json, yaml/],
    ["a thing that cannot be waited for", ["wait", "--for=christmas"], /Allowed choices are complete/],
    ["a time that is none", ["wait", "--timeout", "soon"], /A time is written as "90s" or "5m"/],
    ["a second directory", ["check", "a", "b"], /too many arguments/],
    ["a flag without its value", ["serve", "--config"], /argument missing/],
    ["no verb", [], /Usage: rollcall/],
  ])("%s", async (_, args, words) => {
    const { code, stdout, stderr } = await run(place(), args);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(words);
  });
});
