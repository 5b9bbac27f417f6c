import { expect, test } from "vitest";
import type { GroupPlan, Plan, ReplicaPlan } from "../../../server/roll-call/plan.ts";
import { createStateTimes } from "../../../server/roll-call/state-times.ts";
import { group } from "../../support/server/literals.ts";

const web = group("web", 1);
const row: ReplicaPlan = { replica: "web-0", state: "member", address: "10.0.0.1" };

/** Notes rows of the group web one after another, a second each, and says since when the last one is as it is. */
function since(...rows: readonly ReplicaPlan[]) {
  let now = 0;
  const times = createStateTimes(() => now);
  const note = (...groups: readonly Pick<GroupPlan, "group" | "replicas">[]) =>
    times.note({ groups } as unknown as Plan);
  for (const one of rows) {
    now += 1000;
    note({ group: group("api", 1), replicas: [{ ...row, state: "absent" }] }, { group: web, replicas: [one] });
  }
  return times.of(web, row);
}

test.each<[string, number, readonly ReplicaPlan[]]>([
  ["when it was first seen", 1000, [row]],
  ["the same time while nothing of it changes but words", 1000, [row, { ...row, detail: "more" }]],
  ["its change of state", 2000, [row, { ...row, state: "kept" }]],
  ["its change of address", 2000, [row, { ...row, address: "10.0.0.2" }]],
  [
    "its change of reason",
    2000,
    [
      { ...row, reason: "frozen" },
      { ...row, reason: "error" },
    ],
  ],
  ["when it lost its address", 2000, [row, { replica: "web-0", state: "member" }]],
  ["when it came back", 3000, [row, { ...row, replica: "web-1" }, row]],
])("a replica is as it is since %s", (_, at, rows) => expect(since(...rows)).toBe(at));

test("one that was never seen is so since no time", () => expect(since()).toBeUndefined());
