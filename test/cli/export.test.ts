import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { runHere } from "../support/cli/run-here.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { until } from "../support/until.ts";

const house = useHouse();

/** A server, and a way to export from it with other outputs than it has itself. */
async function exporting(settings = {}, replicas = 1) {
  const { at, launch, start } = house();
  at.declare("web", replicas);
  await launch("web-0");
  const server = await start(settings);
  const watched = join(at.path, "watched");
  mkdirSync(watched, { recursive: true });
  const config = join(at.path, "export.yaml");
  const [provider, admin] = [{ listen: server.provider }, { listen: server.admin }];
  const run = (outputs: readonly object[], ...words: string[]) => {
    writeFileSync(config, stringify({ provider, admin, outputs }));
    return runHere(undefined, ["export", "--config", config, ...words]);
  };
  return { server, watched, run };
}

describe.concurrent("rollcall export --to file", () => {
  test("writes each file of outputs, or the one that is named, and says what: the bytes that Traefik is given", async () => {
    const { server, watched, run } = await exporting();
    await serving(server, 1);
    const { body, version } = await server.document();
    const [one, other] = [join(watched, "one.yml"), join(watched, "other.yml")];
    const words = `written, version ${version.slice(0, 12)}, 2 objects\n`;
    const kept = [{ file: one }, { redis: "redis://127.0.0.1:1" }];
    expect(await run(kept, "--to", "file")).toEqual({ code: 0, stdout: `file ${one}: ${words}`, stderr: "" });
    expect(await run(kept, "--to", "file", other)).toEqual({ code: 0, stdout: `file ${other}: ${words}`, stderr: "" });
    expect(readdirSync(watched)).toEqual(["one.yml", "other.yml"]);
    const text = `# Written by rollcall, which compares it and writes it again: do not edit. Version ${version}\n${body}\n`;
    expect([readFileSync(one, "utf8"), readFileSync(other, "utf8")]).toEqual([text, text]);
  });

  test("leaves a file alone that is somebody else's or that a running server writes, writes the others, and ends with 1", async () => {
    const { at } = house();
    const [own, foreign, good] = ["own.yml", "foreign.yml", "good.yml"].map((name) => join(at.path, "watched", name));
    mkdirSync(join(at.path, "watched"));
    writeFileSync(foreign as string, "http: {}\n");
    const { server, run } = await exporting({ outputs: [{ file: own }] });
    await until("it is written", async () => (await server.status()).outputs[0]?.state === "written");
    const { code, stdout, stderr } = await run(
      [own, foreign, good].map((file) => ({ file })),
      "--to",
      "file",
    );
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^file \S+good\.yml: written, [^\n]+\n$/)]);
    expect(stderr.split("\n")).toEqual([
      `file ${own}: not written: the running server writes it itself: written`,
      `file ${foreign}: not written: ${foreign} was not written by rollcall: name another file, or remove that one`,
      "",
    ]);
    expect(readFileSync(foreign as string, "utf8")).toBe("http: {}\n");
  });

  test("refuses a locked document, and writes nothing", async () => {
    const { server, watched, run } = await exporting({}, 2);
    await until("it is locked", async () => (await server.status()).waiting.length === 1);
    expect(await run([], "--to", "file", join(watched, "a.yml"))).toEqual({
      ...{ code: 1, stdout: "" },
      stderr: "rollcall: the document is locked: `rollcall status` says what it waits for\n",
    });
    expect(readdirSync(watched)).toEqual([]);
  });

  test("refuses a document without any object, and writes nothing", async ({ onTestFinished }) => {
    const empty = createServer((_, answer) => answer.end("{}"));
    const ports = [empty, createServer((_, answer) => answer.end('{"outputs":[]}'))].map(
      (server) =>
        new Promise<number>((resolve) => {
          onTestFinished(() => void server.close());
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    );
    const [provider, admin] = (await Promise.all(ports)).map((port) => ({ listen: `127.0.0.1:${port}` }));
    const { path } = house().at;
    mkdirSync(join(path, "watched"));
    const config = join(path, "export.yaml");
    writeFileSync(config, stringify({ provider, admin }));
    const file = join(path, "watched", "a.yml");
    expect(await runHere(undefined, ["export", "--config", config, "--to", "file", file])).toEqual({
      ...{ code: 1, stdout: "" },
      stderr: `file ${file}: not written: the document has no object, which would end every route\n`,
    });
    expect(readdirSync(join(path, "watched"))).toEqual([]);
  });
});

describe.concurrent("rollcall export", () => {
  test("says why there is nowhere to write to, and no server to ask", async () => {
    const config = join(house().at.path, "export.yaml");
    writeFileSync(config, stringify({ provider: { listen: "127.0.0.1:1" }, admin: { listen: "127.0.0.1:2" } }));
    const run = (...words: string[]) => runHere(undefined, ["export", "--config", config, ...words]);
    const rows: [readonly string[], number, string | RegExp][] = [
      [["--to", "etcd"], 1, "rollcall: outputs of the configuration names no etcd\n"],
      [["--to", "file", "a.json"], 1, /^rollcall: a\.json: ends in \.yml or \.yaml/],
      [["--to", "file", "a.yml"], 1, /^rollcall: no server answers at 127\.0\.0\.1:[12]/],
      [["--to", "redis", "a.yml"], 64, /^error: a file goes with --to file\n/],
      [["--to", "zookeeper"], 64, /Allowed choices are file, etcd, redis/],
      [[], 64, /required option '--to <kind>' not specified/],
    ];
    for (const [words, code, said] of rows) {
      const ended = await run(...words);
      expect([ended.code, ended.stdout]).toEqual([code, ""]);
      expect(ended.stderr).toEqual(typeof said === "string" ? said : expect.stringMatching(said));
    }
  });
});
