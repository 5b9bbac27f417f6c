import { AsyncLocalStorage } from "node:async_hooks";
import { afterAll, aroundEach } from "vitest";

/**
 * Registers what is made before each test and ended after it, and gives a way to what the running test has. Tests may run concurrently:
 * each has its own. What is made may be made of what was registered before.
 */
export function useEach<T>(make: () => Promise<T>, end: (made: T) => Promise<void> = async () => {}): () => T {
  const made = new AsyncLocalStorage<{ readonly value: T }>();
  aroundEach(async (runTest) => {
    const value = await make();
    try {
      await made.run({ value }, runTest);
    } finally {
      await end(value);
    }
  });
  // As long as one is on, Node 20 does more work for each promise of the process, which goes on to other files.
  afterAll(() => made.disable());
  return () => {
    const own = made.getStore();
    if (!own) throw new Error("only within a test");
    return own.value;
  };
}
