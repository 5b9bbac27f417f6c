import fc from "fast-check";
import { expect, test } from "vitest";
import { rosterOf, selects } from "../../../server/roll-call/roster.ts";
import { group } from "../../support/server/literals.ts";

test("a roster has what its group says and nothing that it does not say, as it is compared with one from the disk", () => {
  const said = { source: "local", project: "default", replicas: 2, port: 3000 };
  expect(rosterOf(group("web", 2))).toStrictEqual({ ...said, group: "web", protocol: "http", scheme: "http" });
  const service = { protocol: "tcp", port: 3000, tls: true } as const;
  const selector = { prefix: "db-" };
  expect(rosterOf(group("db", 2, { nic: "eth1", selector, service }))).toStrictEqual({
    ...{ ...said, group: "db", nic: "eth1", protocol: "tcp", tls: true },
    selector,
  });
});

const isSelected = (glob: string, name: string) => selects({ glob }, name, {});

test.each([
  ["a?", "a", false],
  ["a?", "ab", true],
  ["a*", "a", true],
  ["*a?c*", "xabc", true],
  ["*ab", "aab", true],
  ["a*c", "ab", false],
])("the glob %s and the name %s: %s", (glob, name, is) => expect(isSelected(glob, name)).toBe(is));

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
