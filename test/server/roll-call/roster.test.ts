import fc from "fast-check";
import { expect, test } from "vitest";
import { selects } from "../../../server/roll-call/roster.ts";

const isSelected = (glob: string, name: string) => selects({ glob }, name, {});

test("a glob of twelve stars and a name of 63 letters take no time", () => {
  const [glob, name] = [`${"*a".repeat(12)}b`, "a".repeat(63)];
  const began = process.cpuUsage().user;
  for (let i = 0; i < 100; i++) expect(isSelected(glob, name)).toBe(false);
  // Microseconds; by a regular expression one of them would take years.
  expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
});

test("a glob selects what the same pattern as a regular expression matches", () => {
  const text = (...of: string[]) => fc.array(fc.constantFrom(...of), { maxLength: 7 }).map((all) => all.join(""));
  fc.assert(
    fc.property(text("a", "b", "-", "*", "?"), text("a", "b", "-"), (glob, name) => {
      const pattern = new RegExp(`^${glob.replace(/\*+/g, ".*").replaceAll("?", ".")}$`, "s");
      expect(isSelected(glob, name)).toBe(pattern.test(name));
    }),
  );
});
