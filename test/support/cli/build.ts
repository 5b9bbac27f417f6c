import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

const root = resolve(import.meta.dirname, "../../..");

/** Compiles the program that the tests run as users do, into dist/: loading it from its sources takes three times as long. */
export function setup(project: TestProject) {
  // A run beside others must not write what they start.
  if (process.env.ROLLCALL_BUILT) return;
  build();
  project.onTestsRerun(build);
}

// Whether the types are right is another step's to say.
function build() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--noCheck"], { stdio: "inherit" });
}
