import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { watchKeys } from "../../../server/http/key-watch.ts";
import { until } from "../../support/until.ts";

test("files are read again when they change; what is bad for longer than a moment is said once, until it is good", async () => {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-keys-"));
  const file = join(directory, "token");
  const lines: string[] = [];
  const log = {
    info: (_: object, text: string) => void lines.push(text),
    error: ({ problem }: { problem: string }) => void lines.push(problem),
  };
  let reads = 0;
  let bad: string | undefined;
  const load = async () => {
    reads++;
    if (bad !== undefined) throw new Error(bad);
  };
  writeFileSync(file, "1");
  const watch = await watchKeys({ files: [file], load, listener: "provider", log: log as never, every: 10 });
  try {
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(reads).toBe(0);
    bad = "no token";
    writeFileSync(file, "22");
    await until("it is said", () => watch.problem() === "no token");
    await until("it is tried again", () => reads > 5);
    bad = undefined;
    await until("it is good", () => watch.problem() === undefined);
    const after = reads;
    rmSync(file);
    await until("it is read again", () => reads > after);
    expect(lines).toEqual([
      "no token",
      "its certificate or token was read again",
      "its certificate or token was read again",
    ]);
  } finally {
    watch.close();
    rmSync(directory, { recursive: true });
  }
});
