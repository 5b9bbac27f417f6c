// Installs the server as a production machine would (npm ci --omit=dev next to a dist/ that was built elsewhere) into a
// temporary directory. Prints its size, and shows that it works without CDKTF and reports what a deploy lacks.
// Run: npm run build && node lab/production.mjs. Exit code 1 if any of this fails.
import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "rollcall-production-"));
process.on("exit", () => rmSync(place, { recursive: true, force: true }));
/** What the README promises. */
const most = 40_000_000;

const workspace = "stacks/providers";
const parts = [
  "package.json",
  "package-lock.json",
  `${workspace}/package.json`,
  `${workspace}/generate.mjs`,
  `${workspace}/lxd/package.json`,
  `${workspace}/incus/package.json`,
  "dist",
  "groups",
];
for (const part of parts) {
  mkdirSync(dirname(join(place, part)), { recursive: true });
  cpSync(join(root, part), join(place, part), { recursive: true });
}
const installed = run("npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error");
assert.equal(installed.status, 0, installed.stderr);
for (const name of ["cdktf", "cdktf-cli", "constructs", "typescript"])
  assert(!existsSync(join(place, "node_modules", name)), `${name} is installed`);

const size = bytesIn(join(place, "node_modules"));
console.log(`a production install has ${(size / 1e6).toFixed(1)} MB in node_modules`);
assert(size < most, `more than ${most / 1e6} MB`);

const rollcall = (...words) => run(process.execPath, "dist/cli/main.js", ...words);
const checked = rollcall("check");
assert.equal(checked.status, 0, checked.stderr);
const synthesised = rollcall("synth");
assert.equal(synthesised.status, 1);
assert.match(synthesised.stderr, /not installed here .*npm ci, without --omit=dev/s);
console.log(`it checks: ${checked.stdout.trim()}`);
console.log(`it says of a synth: ${synthesised.stderr.trim()}`);

function run(command, ...words) {
  return spawnSync(command, words, { cwd: place, encoding: "utf8" });
}

function bytesIn(directory) {
  return readdirSync(directory, { recursive: true })
    .map((file) => lstatSync(join(directory, file)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}
