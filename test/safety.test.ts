import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { circles, filesUnder, importsOf, textOf } from "./support/tree/imports.ts";

/** The conventions of the house, held by reading the tree. */

/** The rooms in their order: a file imports only its own room and rooms further down. Rooms of one line don't import each other. */
const order: readonly (readonly string[])[] = [
  ["test"],
  ["lab"],
  ["lab/demo", "schema"],
  ["embedded-daemon"],
  ["cli", "cli/commands"],
  ["cli/pipeline", "cli/edit", "cli/terminal"],
  ["server"],
  ["server/http"],
  ["server/follow"],
  ["server/outputs", "server/peers"],
  ["server/document", "server/state", "server/traefik-api"],
  ["server/routes", "server/labels", "server/platform", "server/marks", "server/probes"],
  ["server/sources", "server/access"],
  ["server/roll-call"],
  ["stacks"],
  ["shared"],
  ["traefik"],
  ["traefik/judge"],
  ["traefik/decode", "traefik/objects"],
  ["traefik/rule"],
  ["traefik/model"],
  ["files"],
];
/** The one pair that imports each other: a command loads the code of its verb, and cli/program.ts lists the commands. */
const together = new Set(["cli", "cli/commands"]);

const tops = ["lab", "embedded-daemon", "schema", "cli", "server", "stacks", "shared", "traefik", "files"];
const all = tops.flatMap(filesUnder);
const under = (...folders: string[]) => all.filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)));
const product = under("cli", "server", "stacks", "shared", "traefik", "files");

/** The room of a file: the longest folder of the list that it lies in. */
function roomOf(file: string): string {
  const rooms = order.flat();
  for (let folder = dirname(file); ; folder = dirname(folder))
    if (rooms.includes(folder)) return folder;
    else if (folder === ".") throw new Error(`${file} lies in no room of the list`);
}
const rank = (room: string) => order.findIndex((rooms) => rooms.includes(room));

describe("the rooms", () => {
  test("there are files to look at, and their imports are seen", () => {
    expect(product.length).toBeGreaterThan(200);
    expect(importsOf("server/walk.ts")).toContain("server/wiring.ts");
  });

  test.each(all)("%s imports only its own room and those below it", (file) => {
    const own = roomOf(file);
    const wrong = importsOf(file)
      .filter((target) => target.endsWith(".ts") && roomOf(target) !== own)
      .filter((target) => rank(roomOf(target)) <= rank(own) && !(together.has(own) && together.has(roomOf(target))));
    expect(wrong).toEqual([]);
  });

  test("no files import each other in a circle", () => {
    expect(circles(all)).toEqual([]);
  });

  test.each(under("server", "stacks"))("%s: server and stacks never import each other", (file) => {
    const other = file.startsWith("server/") ? "stacks/" : "server/";
    expect(importsOf(file).filter((target) => target.startsWith(other))).toEqual([]);
  });

  test("one file for each platform knows the bindings of its provider, and one alone loads CDKTF into a verb", () => {
    const cli = under("cli");
    const importing = (provider: string) =>
      product.filter((file) => importsOf(file).some((name) => name.startsWith(`@cdktf/provider-${provider}`)));
    expect(importing("lxd")).toEqual(["stacks/lxd.ts"]);
    expect(importing("incus")).toEqual(["stacks/incus.ts"]);
    expect(importing("")).toEqual(["stacks/incus.ts", "stacks/lxd.ts"]);
    const loading = /^import (?!type\b)[^;]*\/stacks\/[^;]*;/m;
    expect(cli.filter((file) => loading.test(textOf(file)))).toEqual([]);
    expect(cli.filter((file) => /\bimport\("[^"]*\/stacks\//.test(textOf(file)))).toEqual(["cli/synth.ts"]);
  });
});

test("no product file reads the machine's clock, which may be set: files/steady-now.ts or performance.now() is read instead", () => {
  expect(product.filter((file) => /\bDate\.now\b|new Date\(\)/.test(textOf(file)))).toEqual([]);
});

describe("the pure files", () => {
  const doing = [
    ...["read-directory", "list-files", "follow", "lock", "private-directory", "write-whole", "steady-now"].map(
      (name) => `files/${name}.ts`,
    ),
    ...["server/routes/routes-source.ts", "server/document/publisher.ts"],
    // The clock of the page and of status: since when a replica has been what it is.
    "server/roll-call/state-times.ts",
  ];
  const pure = [
    ...under("files", "traefik", "shared", "server/roll-call", "server/routes", "server/labels", "server/document"),
    ...[
      "address",
      "holders",
      "inventory",
      "listing",
      "new-addresses",
      "no-address",
      "pace",
      "reach",
      "subnets",
      "wire",
    ].map((name) => `server/platform/${name}.ts`),
    ...["file-text", "settings", "key-value/flatten", "key-value/leave-out", "key-value/settings"].map(
      (name) => `server/outputs/${name}.ts`,
    ),
    ...["rawdata", "settings"].map((name) => `server/traefik-api/${name}.ts`),
    ...["format", "kept-routes", "kept-shared", "parts"].map((name) => `server/state/${name}.ts`),
    ...["drain", "drain-state", "drains", "reached", "targets", "versions"].map((name) => `server/marks/${name}.ts`),
    "server/access/failure.ts",
    ...["adopt", "inputs", "waits", "wire"].map((name) => `server/peers/${name}.ts`),
    "server/probes/course.ts",
    ...["chunks", "document-value", "etcd-error", "lines", "wire"].map((name) => `server/outputs/etcd/${name}.ts`),
    ...["hold", "live-pollers", "mark-rows", "output-rows", "peer-rows", "status", "status-of", "traefik-rows"].map(
      (name) => `server/http/${name}.ts`,
    ),
    ...["changes", "change-table", "guard", "failure", "messages", "rollout-gaps", "rollout-steps"].map(
      (name) => `cli/pipeline/${name}.ts`,
    ),
  ].filter((file) => !doing.includes(file));
  /** Modules of Node that neither read nor write the world. */
  const harmless = ["node:net", "node:util", "node:crypto", "node:zlib", "node:path"];
  /** For `createRequire`, which loads a dependency only when it is needed. */
  const loading = ["traefik/rule/re2.ts"];

  test.each(pure)("%s does no I/O and looks at no clock", (file) => {
    const text = textOf(file);
    const allowed = loading.includes(file) ? [...harmless, "node:module"] : harmless;
    expect(importsOf(file).filter((name) => name.startsWith("node:") && !allowed.includes(name))).toEqual([]);
    // `node:net` is there for isIP and BlockList.
    expect(text).not.toMatch(/\b(createServer|connect|createConnection)\b\(/);
    expect(text).not.toMatch(
      /\bDate\.now\(|new Date\(\)|performance\.|setTimeout|setInterval|Math\.random|process\.|\bfetch\(/,
    );
    const values = text.replace(/^import type [^;]*;/gm, "");
    for (const name of importsOf(file).filter((one) => one.endsWith(".ts")))
      if (values.includes(`/${name.split("/").at(-1)}"`)) expect(pure, `${file} imports ${name}`).toContain(name);
  });
});

describe("every file", () => {
  test.each(product)("%s keeps the conventions", (file) => {
    const source = textOf(file);
    expect(source).not.toMatch(/^export default/m);
    expect(source).not.toMatch(/\blocaleCompare\b|\benum \w+ \{|: any\b|as any\b/);
    if (file !== "cli/main.ts") expect(source).not.toMatch(/process\.env/);
    expect(source.split("\n").length).toBeLessThanOrEqual(200);
  });

  test.each(filesUnder("test"))("%s mocks no module", (file) => {
    expect(textOf(file)).not.toMatch(/\bvi\.(mock|doMock|stubGlobal)\(|\bjest\./);
  });
});
