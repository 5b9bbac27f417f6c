// Shows the way out of CDKTF, which is archived upstream: compiles the bindings and the stacks with its successor CDK Terrain
// under CDKTF's name (npm's alias cdktf@npm:cdktn@VERSION), synthesises groups/, and compares the result with CDKTF's.
// Run: node lab/way-out.mjs [VERSION]. Works on a copy; needs the npm registry. Exit code 1 if anything differs.
import { deepStrictEqual } from "node:assert";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [version = "0.24.0"] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "rollcall-way-out-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));

const parts = [
  "package.json",
  "cdktf.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "files",
  "traefik",
  "shared",
  "server",
  "stacks",
  "cli",
  "groups",
];
for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
const expected = synthesised();

rmSync(join(copy, "node_modules"));
writeFileSync(join(copy, "package.json"), JSON.stringify(withAlias()));
run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error");
const bindings = ["lxd", "incus"].map((name) => ({ name, at: `stacks/providers/${name}` }));
mkdirSync(join(copy, "node_modules/@cdktf"), { recursive: true });
for (const { name, at } of bindings) {
  symlinkSync(`../../${at}`, join(copy, `node_modules/@cdktf/provider-${name}`));
  rmSync(join(copy, at, "lib"), { recursive: true });
}
for (const project of [...bindings.map(({ at }) => at), "tsconfig.build.json"])
  run("node_modules/.bin/tsc", "-p", project);
deepStrictEqual(synthesised(), expected, `CDK Terrain ${version} gives Terraform something different from CDKTF`);
console.log(
  `the bindings and the stacks compile with CDK Terrain ${version}; ${[...expected.keys()].join(", ")}: identical except for the version stamp`,
);

/** The packages needed to compile and synthesise, in the lock file's versions, and CDK Terrain as cdktf. */
function withAlias() {
  const { workspaces, scripts, ...rest } = readJson(join(root, "package.json"));
  const { packages } = readJson(join(root, "package-lock.json"));
  const locked = (names) => Object.fromEntries(names.map((name) => [name, packages[`node_modules/${name}`].version]));
  const development = [
    "constructs",
    "tsx",
    "typescript",
    ...Object.keys(rest.devDependencies).filter((name) => name.startsWith("@types/")),
  ];
  return {
    ...rest,
    scripts: { synth: scripts.synth },
    dependencies: locked(Object.keys(rest.dependencies)),
    devDependencies: { ...locked(development), cdktf: `npm:cdktn@${version}` },
  };
}

/** Terraform's configuration by file, without the version stamp. */
function synthesised() {
  run("npm", "run", "--silent", "synth");
  const stacks = join(copy, "cdktf.out/stacks");
  const files = readdirSync(stacks).map((stack) => `${stack}/cdk.tf.json`);
  const made = files.map((file) => {
    const json = readJson(join(stacks, file));
    delete json["//"].metadata.version;
    return [file, json];
  });
  renameSync(join(copy, "cdktf.out"), join(copy, `cdktf.out.${Date.now()}`));
  return new Map(made);
}

function run(command, ...words) {
  const { status, error } = spawnSync(command, words, { cwd: copy, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw error ?? new Error(`${command} ${words.join(" ")}: exit code ${status}`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
