import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import { requirePart } from "../real/parts.ts";

export interface Question {
  readonly pattern: string;
  readonly texts: readonly string[];
}

interface GoRegexp {
  /** For each question, which of its texts Go's regexp matches; null where it does not compile. */
  ask(questions: readonly Question[]): Promise<(readonly boolean[] | null)[]>;
  /** What this Go's tables have for `\p{}`. */
  names(): Promise<{ version: string; categories: string[]; scripts: string[]; aliases: string[] }>;
  readonly missing: string | undefined;
}

const program = `package main

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"unicode"
)

func main() {
	out := json.NewEncoder(os.Stdout)
	if len(os.Args) > 1 {
		out.Encode(map[string]any{
			"version":    unicode.Version,
			"categories": slices.Collect(maps.Keys(unicode.Categories)),
			"scripts":    slices.Collect(maps.Keys(unicode.Scripts)),
			"aliases":    slices.Collect(maps.Keys(unicode.CategoryAliases)),
		})
		return
	}
	var questions []struct {
		Pattern string
		Texts   []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := make([][]bool, len(questions))
	for i, question := range questions {
		compiled, err := regexp.Compile(question.Pattern)
		if err != nil {
			continue
		}
		answers[i] = []bool{}
		for _, text := range question.Texts {
			answers[i] = append(answers[i], compiled.MatchString(text))
		}
	}
	out.Encode(answers)
}
`;

/**
 * Go's regexp, by the Go on PATH: 1.25 or newer, which reads as the Go of Traefik 3.7.15 does. To be called while a test file is
 * being read: what it makes goes away with the file's end.
 */
export async function goRegexp(): Promise<GoRegexp> {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-go-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "main.go"), program);
  const binary = join(directory, "regexps");
  const run = promisify(execFile);
  const reason = await run("go", ["build", "-o", binary, join(directory, "main.go")], { timeout: 120_000 }).then(
    () => undefined,
    ({ code, stderr }) =>
      code === "ENOENT" ? "no go on PATH" : `go 1.25 or newer is needed: ${String(stderr).trim().split("\n").at(-1)}`,
  );
  return {
    missing: requirePart("go", reason),
    async ask(questions) {
      const asked = run(binary, [], { maxBuffer: 1 << 28 });
      asked.child.stdin?.end(JSON.stringify(questions));
      return JSON.parse((await asked).stdout);
    },
    async names() {
      return JSON.parse((await run(binary, ["names"])).stdout);
    },
  };
}
