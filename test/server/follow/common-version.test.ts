import { expect, test } from "vitest";
import { createCommonVersion } from "../../../server/follow/common-version.ts";

/** A publisher of these versions, or of v1, v2 and so on. */
function publishing(versions: readonly string[] = []) {
  let ordinal = 1;
  const listeners: (() => void)[] = [];
  const current = () => ({ status: 200, version: versions[ordinal - 1] ?? `v${ordinal}` });
  const publisher = { current, ordinal: () => ordinal, onVersion: (one: () => void) => listeners.push(one) };
  const common = createCommonVersion(publisher as unknown as Parameters<typeof createCommonVersion>[0]);
  const publish = (count: number) => {
    for (let i = 0; i < count; i++) {
      ordinal++;
      for (const listener of listeners) listener();
    }
  };
  return { common, publish };
}
const has = (...ordinals: readonly number[]) => ordinals.map((ordinal) => ({ ordinal, at: 0 }));

test("what all have is the newest version of the one that is furthest behind, and without any the current one", () => {
  const { common, publish } = publishing();
  expect(common([])).toBe("v1");
  publish(3);
  expect(common([has(1, 4), has(1, 2, 3), has(4)])).toBe("v3");
  expect(common([])).toBe("v4");
});

test("nothing is known of what all have while one has none, or one that is older than the last hundred", () => {
  const { common, publish } = publishing();
  expect(common([has(1), has()])).toBeUndefined();
  publish(100);
  expect(common([has(1)])).toBeUndefined();
  expect(common([has(2)])).toBe("v2");
});

test("a version that was published anew is not named while one has only the earlier one", () => {
  const { common, publish } = publishing(["a", "b", "a"]);
  publish(2);
  expect(common([has(1)])).toBeUndefined();
  expect(common([has(1, 2)])).toBe("b");
  expect(common([has(1, 2, 3)])).toBe("a");
});
