import { describe, expect, test } from "vitest";
import { changeLines, shownIn } from "../../../server/document/changes.ts";
import type { LabelledRow } from "../../../server/document/instance-rows.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Observed } from "../../../server/roll-call/observed.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

/** The lines about the second of two roll calls. */
function lines(...[first, second]: [before: Step, after: Step]): string[] {
  const one = callRoll(noMemory, declare(...first[0]), first[1]);
  const two = callRoll(one.memory, declare(...second[0]), second[1]);
  return changeLines(shownIn(one.plan, []), shownIn(two.plan, []));
}
type Step = readonly [groups: DeclaredGroup[], observed: Observed];
const web = (replicas: number) => [group("web", replicas)];
const both = [instance("web-0"), instance("web-1")];

describe("the log has a line for each change", () => {
  test.each<[string, Step, string[]]>([
    ["nothing", [web(2), see(...both)], []],
    [
      "a stop",
      [web(2), see(instance("web-0"), instance("web-1", { state: "stopped" }))],
      ["web-1 left: stopped (was 10.0.0.1)"],
    ],
    ["a deletion", [web(2), see(instance("web-0"))], ["web-1 left: missing (was 10.0.0.1)"]],
    [
      "a lost address",
      [web(2), see(instance("web-0"), instance("web-1", { address: null }))],
      ["web-1 left: runs, but eth0 has no address yet (was 10.0.0.1)"],
    ],
    [
      "a lost tag",
      [web(2), see(instance("web-0"), instance("web-1", { keys: {} }))],
      ["web-1 left: its config lacks user.rollcall.group=web (was 10.0.0.1)"],
    ],
    [
      "a new address",
      [web(2), see(instance("web-0"), instance("web-1", { address: "10.0.0.9" }))],
      ["web-1 moved: 10.0.0.1 -> 10.0.0.9"],
    ],
    ["a smaller group", [web(1), see(...both)], ["web-1 left: tagged, but not declared (was 10.0.0.1)"]],
    ["a larger group", [web(3), see(...both, instance("web-2"))], ["web-2 joined: 10.0.0.2"]],
    ["a group that waits", [web(4), see(...both, instance("web-2"))], []],
    [
      "a group that is gone",
      [[group("api", 0)], see()],
      ["web-0 left: no longer declared (was 10.0.0.0)", "web-1 left: no longer declared (was 10.0.0.1)"],
    ],
  ])("%s", (_, after, expected) => expect(lines([web(2), see(...both)], after)).toEqual(expected));

  test("a selector's instance is named with its group", () => {
    const selected = [group("web", 1, { selector: { prefix: "w" } })];
    expect(lines([[], see()], [selected, see(instance("w1"))])).toEqual(["w1 of group web joined: 10.0.0.1"]);
  });

  test("an instance that declares itself joins, and leaves with the first problem of its labels", () => {
    const place = { source: "local", project: "default", instance: "a", problems: [], objects: [] };
    const row: LabelledRow = { ...place, state: "member", address: "10.0.0.1" };
    const shown = (...rows: LabelledRow[]) => shownIn({ groups: [] }, rows);
    expect(changeLines(shown(), shown(row))).toEqual(["instance a of local/default joined: 10.0.0.1"]);
    const out: LabelledRow = { ...row, state: "left-out", problems: ["host b.example is not allowed here", "x"] };
    expect(changeLines(shown(row), shown(out))).toEqual([
      "instance a of local/default left: host b.example is not allowed here (was 10.0.0.1)",
    ]);
    expect(changeLines(shown(row), shown({ ...row, state: "absent", reason: "stopped" }))).toEqual([
      "instance a of local/default left: stopped (was 10.0.0.1)",
    ]);
  });

  test("an address that another instance has too has one, once", () => {
    const shared = "its address is also that of thief of project default";
    const plain = new Map([["web-1", { address: "10.0.0.1" }]]);
    const marked = new Map([["web-1", { address: "10.0.0.1", shared }]]);
    expect(changeLines(plain, marked)).toEqual([`web-1: ${shared}`]);
    expect(changeLines(marked, marked)).toEqual([]);
  });

  test("many changes at once are twenty lines and their number", () => {
    const many = Array.from({ length: 50 }, (_, index) => instance(`web-${index}`));
    const all = lines([[], see()], [web(50), see(...many)]);
    expect(all).toHaveLength(21);
    expect(all.at(-1)).toBe("and 30 more changes");
  });
});
