import { defineConfig } from "vitest/config";

/** The tests that the pure core is judged by when Stryker changes it: `npm run mutation`. Without properties, which find by chance. */
export default defineConfig({
  test: {
    include: ["test/server/roll-call/**/*.test.ts", "test/server/marks/{drain-state,drains}.test.ts"],
    exclude: ["**/*.properties.test.ts"],
    testTimeout: 60_000,
  },
});
