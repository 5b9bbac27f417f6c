import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTerraform } from "../../../cli/pipeline/terraform.ts";
import { main } from "../../support/cli/cli.ts";
import { until } from "../../support/until.ts";

/** The compiled program. */
const dist = join(main, "../..");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-terraform-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A program of Node in a directory below this test's own; gives back that directory. */
function program(name: string, source: string, folder = "bin", mode = 0o755): string {
  const at = join(directory, folder);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, name), `#!${process.execPath}\n${source}\n`);
  chmodSync(join(at, name), mode);
  return at;
}

describe("terraform is found", () => {
  test("on the PATH, before a tofu that is further to the front", () => {
    const [one, other] = [program("tofu", "", "one"), program("terraform", "", "other")];
    expect(findTerraform({ PATH: `${one}:${other}` }).binary).toBe(join(other, "terraform"));
    expect(findTerraform({ PATH: `${directory}/none:${one}` }).binary).toBe(join(one, "tofu"));
  });

  test("by the name or the path of TERRAFORM_BINARY_NAME, and nowhere else then", () => {
    const bin = program("terraform", "");
    program("terraform-1.9", "");
    const other = join(program("tf", "", "elsewhere"), "tf");
    expect(findTerraform({ PATH: bin, TERRAFORM_BINARY_NAME: "terraform-1.9" }).binary).toBe(
      join(bin, "terraform-1.9"),
    );
    expect(findTerraform({ PATH: bin, TERRAFORM_BINARY_NAME: other }).binary).toBe(other);
    expect(() => findTerraform({ PATH: bin, TERRAFORM_BINARY_NAME: "tofu" })).toThrow("no tofu is on the PATH");
  });

  test("where it may be run, and is a file", () => {
    const [text, file] = [program("terraform", "", "text", 0o644), program("terraform", "", "file")];
    mkdirSync(join(directory, "folder/terraform"), { recursive: true });
    expect(findTerraform({ PATH: [text, join(directory, "folder"), file].join(":") }).binary).toBe(
      join(file, "terraform"),
    );
  });

  test("nowhere: a sentence with the cure", () => {
    for (const PATH of [directory, "", undefined])
      expect(() => findTerraform({ PATH })).toThrow(
        "neither terraform nor tofu is on the PATH: install one, from https://developer.hashicorp.com/terraform/install or https://opentofu.org, or set TERRAFORM_BINARY_NAME",
      );
  });
});

describe("a run", () => {
  /** What the stub writes of how it is run. */
  const report = `console.log(JSON.stringify({ words: process.argv.slice(2), cwd: process.cwd(), environment: process.env }));`;

  test("gets the arguments, the directory and the environment, and does not prompt", async () => {
    const at = program("terraform", report);
    const ran = await findTerraform({ PATH: at, HOME: "/home/ada" }).run(directory, ["plan", "-out=a b"]);
    const { words, cwd, environment } = JSON.parse(ran.stdout) as Record<string, Record<string, string>>;
    expect([ran.code, words, cwd]).toEqual([0, ["plan", "-out=a b"], directory]);
    expect(environment).toMatchObject({ PATH: at, HOME: "/home/ada", TF_IN_AUTOMATION: "1", TF_INPUT: "0" });
  });

  test("that is named by a path from here is found from another directory too", async () => {
    const tf = relative(process.cwd(), join(program("tf", report), "tf"));
    const deep = program("other", "", "a/b/c/d");
    const ran = await findTerraform({ TERRAFORM_BINARY_NAME: tf }).run(deep, ["init"]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ words: ["init"], cwd: deep });
  });

  test("gives its code and both streams, and each line of the first as it comes", async () => {
    const source = `console.log("one"); console.error("oops"); process.stdout.write("two\\nthree"); process.exitCode = 3;`;
    const lines: string[] = [];
    const { run } = findTerraform({ PATH: program("terraform", source) });
    const ran = await run(directory, [], { onLine: (line) => lines.push(line) });
    expect(ran).toEqual({ code: 3, stdout: "one\ntwo\nthree", stderr: "oops\n" });
    expect(lines).toEqual(["one", "two", "three"]);
  });

  test("writes to files that only this user can read, and that are removed when it ends", async () => {
    symlinkSync(join(directory, "elsewhere"), join(directory, "rollcall.out"));
    const source = `console.log(require("node:fs").statSync("rollcall.out").mode & 0o777);`;
    const outputs: string[] = [];
    const { run } = findTerraform({ PATH: program("terraform", source) });
    const ran = await run(directory, ["show"], { onStart: (_, output) => outputs.push(output) });
    expect([ran.stdout, outputs]).toEqual([`${0o600}\n`, [join(directory, "rollcall.out")]]);
    expect(readdirSync(directory)).toEqual(["bin"]);
  });

  test("makes files for this user alone, but not a cache of providers, which others may use", async () => {
    const source = `require("node:fs").writeFileSync("made-by-" + process.argv[2], "");`;
    const { run } = findTerraform({ PATH: program("terraform", source) });
    for (const word of ["init", "plan"]) await run(directory, [word]);
    const mode = (word: string) => statSync(join(directory, `made-by-${word}`)).mode & 0o777;
    expect([mode("init"), mode("plan")]).toEqual([0o666 & ~process.umask(), 0o600]);
  });

  test("outlives the process that began it, and goes on to write", async () => {
    const source = `
      const { appendFileSync } = require("node:fs");
      console.log("begun");
      setTimeout(() => { console.log("state written"); appendFileSync("finished", "x"); }, 300);`;
    const terraform = join(program("terraform", source), "terraform");
    const code = `
      const { findTerraform } = await import(${JSON.stringify(join(dist, "cli/pipeline/terraform.js"))});
      const { run } = findTerraform({ TERRAFORM_BINARY_NAME: ${JSON.stringify(terraform)} });
      run(${JSON.stringify(directory)}, ["apply"], { onLine: () => process.kill(process.pid, "SIGKILL") });`;
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", code]);
    expect(signal).toBe("SIGKILL");
    await until("it has finished", () => existsSync(join(directory, "finished")));
    expect(readFileSync(join(directory, "rollcall.out"), "utf8")).toBe("begun\nstate written\n");
  });

  test("that a signal ends is a failure", async () => {
    const { run } = findTerraform({ PATH: program("terraform", `process.kill(process.pid, "SIGKILL");`) });
    expect((await run(directory, [])).code).toBe(1);
  });

  test("is in a process group of its own, so that the terminal's Ctrl-C does not reach it", async () => {
    // The third field after the name of the program is the group.
    const source = `const stat = require("node:fs").readFileSync("/proc/self/stat", "utf8"); console.log(process.pid, stat.split(") ")[1].split(" ")[2]);`;
    const { stdout } = await findTerraform({ PATH: program("terraform", source) }).run(directory, []);
    const [pid, group] = stdout.trim().split(" ");
    expect(group).toBe(pid);
  });
});

describe("an abort", () => {
  /** Counts its interrupts, goes on with its work for a while, and then writes what it has to. */
  const busy = `
    const { appendFileSync } = require("node:fs");
    process.on("SIGINT", () => {
      appendFileSync("interrupts", "x");
      console.log("interrupted");
      setTimeout(() => { console.log("state written"); process.exit(1); }, 200);
    });
    setInterval(() => {}, 1000);
    console.log("at work");`;

  test("sends exactly one SIGINT, and what is written after it is still read", async () => {
    const controller = new AbortController();
    const { run } = findTerraform({ PATH: program("terraform", busy) });
    const lines: string[] = [];
    const onLine = (line: string) => {
      lines.push(line);
      // An abort of an abort, as the second Ctrl-C is one.
      controller.abort(new Error(line));
    };
    const ran = await run(directory, [], { signal: controller.signal, onLine });
    expect(lines).toEqual(["at work", "interrupted", "state written"]);
    expect(ran).toMatchObject({ code: 1, stdout: "at work\ninterrupted\nstate written\n" });
    expect(readFileSync(join(directory, "interrupts"), "utf8")).toBe("x");
  });

  test("that was before it ends it too", async () => {
    const { run } = findTerraform({ PATH: program("terraform", `setInterval(() => {}, 1000);`) });
    expect((await run(directory, [], { signal: AbortSignal.abort() })).code).toBe(1);
  });

  test("after its end does no harm", async () => {
    const controller = new AbortController();
    const { run } = findTerraform({ PATH: program("terraform", `console.log("done");`) });
    const ran = await run(directory, [], { signal: controller.signal });
    controller.abort();
    expect(ran).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  });
});
