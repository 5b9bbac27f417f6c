// Checks Node's version and installs the npm packages. Plain JavaScript, because nothing is installed yet when it runs.
import { spawnSync } from "node:child_process";
import { lstatSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`rollcall needs Node 20.19 or newer, and this is ${process.version}: https://nodejs.org/en/download`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install({ stacks: true });

/** Installs the packages of package-lock.json if they are missing or outdated. The CDKTF command line, two thirds of it, only with `stacks`. */
export function install({ stacks }) {
  // npm writes this file at the end of an installation.
  const isNewest = changed("node_modules/.package-lock.json") >= changed("package-lock.json");
  if (isNewest && (!stacks || changed("node_modules/cdktf-cli") >= 0)) return;
  if (lstatSync(`${root}node_modules`, { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error("node_modules is a link, and npm ci would empty its target: remove the link, and run this again.");
    process.exit(1);
  }
  const began = Date.now();
  console.error("Installing the npm packages of package-lock.json: npm ci");
  // If npm runs this script, that npm, rather than another one on the PATH.
  const { npm_execpath: running = "" } = process.env;
  const [command, first] = running.endsWith("npm-cli.js") ? [process.execPath, [running]] : ["npm", []];
  const args = [...first, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  if (!stacks) args.push("--no-workspaces");
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    console.error(`${error ? `${error.message}\n` : ""}npm ci failed; once it works, run this again.`);
    process.exit(1);
  }
  console.error(`Installed in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

function changed(file) {
  const found = statSync(`${root}${file}`, { throwIfNoEntry: false });
  return found === undefined ? -1 : found.mtimeMs;
}
