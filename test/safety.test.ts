import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/** The conventions of the house, held by reading the tree. */

const root = resolve(import.meta.dirname, "..");

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
const text = (file: string) => readFileSync(join(root, file), "utf8");
/** What a file imports: a package, a `node:` module, or a path from the root. Imports of types count too. */
function imports(file: string): string[] {
  return [
    ...text(file).matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm),
  ]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "")
    .map((name) => (name.startsWith(".") ? relative(root, resolve(root, dirname(file), name)) : name));
}
const room = (path: string) => path.split("/")[0];

const [shared, server, cli] = [filesUnder("shared"), filesUnder("server"), filesUnder("cli")];
/** Without the generated bindings. */
const stacks = filesUnder("stacks").filter((file) => !file.startsWith("stacks/provider-lxd/"));
const all = [...shared, ...server, ...stacks, ...cli];

describe("the rooms", () => {
  test("there are files to look at, and their imports are seen", () => {
    expect(all.length).toBeGreaterThan(30);
    expect(imports("server/walk.ts")).toContain("server/roll-call.ts");
  });

  test.each(shared)("%s imports nothing of the other rooms", (file) => {
    expect(
      imports(file).filter((name) => ["server", "stacks", "cli", "test", "lab"].includes(room(name) ?? "")),
    ).toEqual([]);
  });

  test.each(server)("%s imports only server/, shared/ and packages", (file) => {
    expect(imports(file).filter((name) => ["stacks", "cli", "test", "lab"].includes(room(name) ?? ""))).toEqual([]);
  });

  test.each(stacks)("%s imports only stacks/, shared/ and packages", (file) => {
    expect(imports(file).filter((name) => ["server", "cli", "test", "lab"].includes(room(name) ?? ""))).toEqual([]);
  });

  test("one file alone knows the bindings of a platform's provider, and one alone loads CDKTF into a verb", () => {
    const importers = (name: string) => all.filter((file) => imports(file).includes(name));
    expect(importers("@cdktf/provider-lxd")).toEqual(["stacks/lxd.ts"]);
    const loading = /^import (?!type\b)[^;]*\/stacks\/[^;]*;/m;
    expect(cli.filter((file) => loading.test(text(file)))).toEqual([]);
    expect(cli.filter((file) => /\bimport\("[^"]*\/stacks\//.test(text(file)))).toEqual(["cli/synth.ts"]);
  });

  test.each(cli)("%s imports nothing of the tests or the lab", (file) => {
    expect(imports(file).filter((name) => ["test", "lab"].includes(room(name) ?? ""))).toEqual([]);
  });
});

describe("the pure files", () => {
  const walk = [
    "roll-call",
    "group-call",
    "presence",
    "weights",
    "roster",
    "plan",
    "memory",
    "kept",
    "observed",
    "declared",
    "labelled-call",
  ];
  const platform = ["address", "listing", "pace", "subnets", "wire"].map((name) => `platform/${name}`);
  const pure = [
    ...[...walk, "snapshot", ...platform, "http/hold", "http/status", "http/status-of"].map(
      (name) => `server/${name}.ts`,
    ),
    ...server.filter((file) => /^server\/(routes|traefik|labels)\//.test(file) && !file.endsWith("routes-source.ts")),
    ...["changes", "guard", "failure", "messages", "rollout-steps"].map((name) => `cli/pipeline/${name}.ts`),
    ...server.filter((file) => /^server\/traefik\/decode(\.ts$|\/)/.test(file)),
    ...shared.filter((file) => !/^shared\/files\/(read-directory|list-files|follow)\.ts$/.test(file)),
  ];
  /** Modules of Node that neither read nor write the world. */
  const harmless = ["node:net", "node:util", "node:crypto", "node:zlib", "node:path"];
  const ofServer = new Set(pure);

  test.each(pure)("%s does no I/O and looks at no clock", (file) => {
    const impure = imports(file).filter((name) => name.startsWith("node:") && !harmless.includes(name));
    expect(impure).toEqual([]);
    // `node:net` is there for isIP and BlockList.
    expect(text(file)).not.toMatch(/\b(createServer|connect|createConnection)\b\(/);
    expect(text(file)).not.toMatch(
      /\bDate\.now\(|new Date\(\)|performance\.|setTimeout|setInterval|Math\.random|process\.|\bfetch\(/,
    );
    const values = text(file).replace(/^import type [^;]*;/gm, "");
    for (const name of imports(file).filter((one) => one.startsWith("server/")))
      if (values.includes(`/${name.split("/").at(-1)}"`)) expect(ofServer, `${file} imports ${name}`).toContain(name);
  });
});

describe("every file", () => {
  test.each(all)("%s keeps the conventions", (file) => {
    const source = text(file);
    expect(source).not.toMatch(/^export default/m);
    expect(source).not.toMatch(/\blocaleCompare\b|\benum \w+ \{|: any\b|as any\b/);
    if (file !== "cli/main.ts") expect(source).not.toMatch(/process\.env/);
  });

  test.each(filesUnder("test"))("%s mocks no module", (file) => {
    expect(text(file)).not.toMatch(/\bvi\.(mock|doMock|stubGlobal)\(|\bjest\./);
  });
});
