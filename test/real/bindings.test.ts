import { execFile } from "node:child_process";
import {
  cpSync,
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
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const bindings = join(root, "stacks/providers");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-bindings-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The files below a directory, by their path. */
function tree(at: string): Map<string, string> {
  const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(paths.map((path) => [relative(at, path), readFileSync(path, "utf8")]));
}

test("the schema has every attribute of the LXD provider 3.0.2, those that are named description too", () => {
  const [ours, facts] = [join(bindings, "lxd.json"), join(root, "test/samples/provider-lxd-3.0.2.json")].map(
    (path) => JSON.parse(readFileSync(path, "utf8")) as object,
  );
  expect(ours).toEqual(facts);
  expect(JSON.stringify(ours).match(/"description":/g)).toHaveLength(26);
});

test("the schema of the Incus provider 1.1.1 has its 21 resources and 16 data sources, and the attributes of each", () => {
  const text = readFileSync(join(bindings, "incus.json"), "utf8");
  const { provider_schemas: facts } = JSON.parse(text) as {
    readonly provider_schemas: Record<string, Record<string, Record<string, unknown>>>;
  };
  const { resource_schemas: resources = {}, data_source_schemas: data = {} } =
    facts["registry.terraform.io/lxc/incus"] ?? {};
  expect([Object.keys(resources).length, Object.keys(data).length]).toEqual([21, 16]);
  expect(text.match(/"description":/g)).toHaveLength(31);
});

test("the bindings are byte for byte what cdktf get generates", async () => {
  const { codeMakerOutput, terraformProviders } = JSON.parse(readFileSync(join(root, "cdktf.json"), "utf8")) as {
    readonly codeMakerOutput: string;
    readonly terraformProviders: readonly string[];
  };
  const [schemas, home, bin] = ["schemas", "home", "bin"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [schemas, home, bin]) mkdirSync(path);
  // Node alone is on its PATH: no terraform, and so no registry.
  symlinkSync(process.execPath, join(bin, "node"));
  cpSync(join(root, "cdktf.json"), join(directory, "cdktf.json"));
  for (const provider of terraformProviders) {
    const [, name, version] = /([^/]+)@(.+)$/.exec(provider) ?? [];
    cpSync(join(bindings, `${name}.json`), join(schemas, `${name}@${version}.json`));
  }
  await promisify(execFile)(process.execPath, [join(root, "node_modules/.bin/cdktf"), "get"], {
    cwd: directory,
    env: {
      PATH: bin,
      HOME: home,
      CI: "1",
      CHECKPOINT_DISABLE: "1",
      CDKTF_EXPERIMENTAL_PROVIDER_SCHEMA_CACHE_PATH: schemas,
    },
  });
  const [generated, ours] = [tree(join(directory, codeMakerOutput)), tree(join(root, codeMakerOutput))];
  expect([...ours.keys()]).toEqual([...generated.keys()]);
  expect([...ours.keys()]).toContain("versions.json");
  expect([...ours.keys()]).toContain("constraints.json");
  expect([...ours.keys()]).toContain("providers/lxd/instance/index.ts");
  expect([...ours.keys()]).toContain("providers/incus/instance/index.ts");
  // One by one: the difference of a tree of half a megabyte is nothing that a person reads.
  for (const [path, text] of generated) expect(ours.get(path) === text, path).toBe(true);
});

describe("generate.mjs", () => {
  /** A checkout with the bindings, as far as the script looks at it. */
  function copy({ modules }: { modules: boolean }): string {
    cpSync(join(root, "cdktf.json"), join(directory, "cdktf.json"));
    writeFileSync(join(directory, "package.json"), readFileSync(join(root, "package.json")));
    const at = join(directory, "stacks/providers");
    cpSync(bindings, at, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !path.includes("node_modules"),
    });
    if (!modules) return at;
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    return at;
  }
  const generate = (at: string) =>
    promisify(execFile)(process.execPath, [join(at, "generate.mjs")], { cwd: directory });

  test("does nothing where everything is there", async () => {
    const at = copy({ modules: true });
    const { mtimeMs } = statSync(join(at, "incus/lib/index.js"));
    rmSync(join(at, "src"), { recursive: true });
    expect(await generate(at)).toEqual({ stdout: "", stderr: "" });
    expect(statSync(join(at, "incus/lib/index.js")).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(at)).not.toContain("src");
  });

  test("makes lib again, and the sources that it is compiled from, where it is gone", async () => {
    const at = copy({ modules: true });
    for (const made of ["lxd/lib", "incus/lib", "src"]) rmSync(join(at, made), { recursive: true });
    expect(await generate(at)).toEqual({ stdout: "", stderr: "" });
    for (const made of ["src", "lxd/lib", "incus/lib"]) {
      const [again, ours] = [tree(join(at, made)), tree(join(bindings, made))];
      expect([...again.keys()]).toEqual([...ours.keys()]);
      for (const [path, text] of again) expect(ours.get(path) === text, path).toBe(true);
    }
  });

  test("says so, and is content, where the generator is not installed", async () => {
    const at = copy({ modules: false });
    for (const name of ["lxd", "incus"]) rmSync(join(at, name, "lib"), { recursive: true });
    const { stdout, stderr } = await generate(at);
    expect([stdout, stderr]).toEqual([
      "",
      "The bindings of the providers are left out: only where instances are made are they needed.\n",
    ]);
    for (const name of ["lxd", "incus"]) expect(readdirSync(join(at, name))).not.toContain("lib");
  });
});
