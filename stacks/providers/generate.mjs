// Generates the bindings of the LXD and the Incus provider from their schemas and compiles them into each one's lib/, without network or terraform.
// The sources in src/ are byte for byte those of `cdktf get`, which calls the same generator. Runs at npm's `prepare` and
// before each build; does nothing where they are there already, or where the generator is not installed (production).
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Without these, what the generator imports asks terraform for its version, and the network for news of it.
Object.assign(process.env, { TERRAFORM_BINARY_NAME: "true", CHECKPOINT_DISABLE: "1" });

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const require = createRequire(join(here, "package.json"));

const generatorPath = resolved("@cdktf/provider-generator/lib/get/generator/provider-generator");
if (generatorPath === undefined)
  console.error("The bindings of the providers are left out: only where instances are made are they needed.");
else await makeBindings(readJson(join(root, "cdktf.json")));

async function makeBindings({ terraformProviders, codeMakerOutput }) {
  const names = terraformProviders.map((provider) => provider.replace(/^.*\/|@.*$/g, ""));
  const schemas = names.map((name) => join(here, `${name}.json`));
  const inputs = ["generate.mjs", "tsconfig.json", "package.json"].map((file) => join(here, file));
  const made = Math.min(...names.map((name) => changed(join(here, name, "lib/index.js"))));
  if (made >= Math.max(...[...inputs, ...schemas, generatorPath].map(changed))) return;
  const { CodeMaker } = require("codemaker");
  const { TerraformProviderGenerator } = require(generatorPath);
  const { ConstructsMakerProviderTarget, Language, TerraformProviderConstraint } = require("@cdktf/commons");
  const output = join(root, codeMakerOutput);
  const constraints = terraformProviders.map((provider) => new TerraformProviderConstraint(provider));

  const code = new CodeMaker();
  const generators = constraints.map((constraint, index) => {
    const generator = new TerraformProviderGenerator(code, readJson(schemas[index]));
    generator.generate(new ConstructsMakerProviderTarget(constraint, Language.TYPESCRIPT));
    return generator;
  });
  rmSync(join(output, "providers"), { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  // By these two files `cdktf get` knows what it need not make again.
  const providers = Object.fromEntries(constraints.map(({ name, version }) => [name, version]).sort());
  writeJson(join(output, "versions.json"), Object.assign({}, ...generators.map(({ versions }) => versions)));
  writeJson(join(output, "constraints.json"), { cdktf: readJson(resolved("cdktf/package.json")).version, providers });
  await code.save(output);
  for (const name of names) compile(join(here, name));
}

function compile(project) {
  rmSync(join(project, "lib"), { recursive: true, force: true });
  const tsc = join(resolved("typescript/package.json"), "../bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exitCode = status ?? 1;
}

function resolved(name) {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
