import { expect, test } from "vitest";
import { createForgetting, remembered } from "../../server/removed-groups.ts";
import { noMemory } from "../../server/roll-call/memory.ts";
import { callRoll } from "../../server/roll-call/roll-call.ts";
import { declare, group, instance, see } from "../support/server/literals.ts";

test("a removed group is forgotten after five minutes, and not before; one that is declared never is", () => {
  const both = declare(group("api", 1), group("web", 1));
  const web = declare(group("web", 1));
  let now = 0;
  const forgetting = createForgetting(() => now);
  let { memory } = callRoll(noMemory, both, see(instance("api-0"), instance("web-0")));
  const at = (ms: number, { groups }: typeof both) => {
    now = ms;
    memory = forgetting(memory, groups);
    return [...memory.groups.keys()];
  };
  expect(remembered).toBe(300_000);
  expect(at(0, both)).toEqual(["api", "web"]);
  expect(at(1000, web)).toEqual(["api", "web"]);
  expect(at(300_999, web)).toEqual(["api", "web"]);
  // It is back, so its time begins anew.
  expect(at(300_999, both)).toEqual(["api", "web"]);
  expect(at(301_000, web)).toEqual(["api", "web"]);
  // Nothing was looked at meanwhile: what was removed for too long is forgotten also when it is back.
  expect(at(601_000, both)).toEqual(["web"]);
  expect(at(10_000_000, both)).toEqual(["web"]);
});
