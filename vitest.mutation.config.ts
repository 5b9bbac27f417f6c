import { defineConfig } from "vitest/config";

/** The tests that the pure core is judged by when Stryker changes it: `npm run mutation`. */
export default defineConfig({
  test: { include: ["test/server/roll-call/**/*.test.ts"], testTimeout: 60_000 },
});
