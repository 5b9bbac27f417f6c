import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { runs } from "./test/support/runs.ts";

// What runs on a real LXD or a real Traefik, or is about a whole process, comes after everything else, one file at a time: it measures,
// and some of it ends the one daemon that all of it shares.
const real = ["test/real/**/*.test.ts", "test/contract/real.test.ts"];
const build = "test/support/cli/build.ts";

/** What takes longest starts first, so that at the end no file is waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isLong = ({ moduleId }: TestSpecification) =>
      /\/test\/(contract|system|cli|simulation|embedded-daemon)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    // Half of the time of a test is waiting.
    maxWorkers: 2 * availableParallelism(),
    // Only what hangs is ended by these: a busy machine is no failure.
    testTimeout: runs(60_000),
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // No module is mocked and none keeps state: the files of a worker load each module once.
      {
        extends: true,
        test: { name: "fast", include: ["test/**/*.test.ts"], exclude: real, isolate: false, globalSetup: build },
      },
      {
        extends: true,
        test: {
          name: "real",
          include: real,
          globalSetup: [build, "test/support/real/announce.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
