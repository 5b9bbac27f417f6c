import { describe, expect, test } from "vitest";
import { adopt, noteEffects, type Remembered } from "../../../server/peers/adopt.ts";
import { type GroupMemory, noMemory } from "../../../server/roll-call/memory.ts";
import { rosterOf } from "../../../server/roll-call/roster.ts";
import { group } from "../../support/server/literals.ts";

const roster = (replicas: number) => rosterOf(group("web", replicas));
const memoryOf = (replicas: number, address = "10.0.0.1"): GroupMemory => ({
  roster: roster(replicas),
  members: new Map([["web-0", address]]),
  weights: new Map(),
});
const remembered = (one: GroupMemory | undefined, at = 1, opened = true): Remembered => ({
  memory: { ...noMemory, opened, groups: new Map(one ? [["web", one]] : []) },
  effects: new Map([["web", { at, by: "a" }]]),
});
const declares = (replicas: number, equal = true) => [{ name: "web", roster: roster(replicas), equal }];
const sizeOf = ({ memory }: Remembered) => memory.groups.get("web")?.roster.replicas;

describe("what another server remembers", () => {
  test("is taken over by a server that remembers nothing, and opens it", () => {
    const found = adopt(remembered(undefined, 0, false), remembered(memoryOf(3)), declares(3), false);
    expect(found.memory).toEqual(remembered(memoryOf(3)).memory);
    expect(found.effects.get("web")).toEqual({ at: 1, by: "a" });
  });

  test("is taken over where a declared roster was once in effect there and not yet here", () => {
    expect(sizeOf(adopt(remembered(memoryOf(3), 9), remembered(memoryOf(5), 1), declares(5), false))).toBe(5);
  });

  test("is taken over where neither has what is declared in effect, and theirs took effect later", () => {
    expect(sizeOf(adopt(remembered(memoryOf(3), 1), remembered(memoryOf(4), 2), declares(5), false))).toBe(4);
    expect(sizeOf(adopt(remembered(memoryOf(3), 2), remembered(memoryOf(4), 1), declares(5), false))).toBe(3);
  });

  test("changes no roster that is declared and in effect here, nor a group that is declared otherwise there", () => {
    expect(sizeOf(adopt(remembered(memoryOf(3), 1), remembered(memoryOf(5), 2), declares(3), true))).toBe(3);
    const stale = adopt(remembered(undefined, 0, false), remembered(memoryOf(5)), declares(3, false), true);
    expect(stale.memory).toMatchObject({ opened: false, groups: new Map() });
  });

  test("decides an address only for the server that follows", () => {
    const [a, b] = [remembered(memoryOf(3, "10.0.0.1")), remembered(memoryOf(3, "10.0.0.2"))];
    expect(adopt(a, b, declares(3), false).memory.groups.get("web")?.members.get("web-0")).toBe("10.0.0.1");
    expect(adopt(a, b, declares(3), true).memory.groups.get("web")?.members.get("web-0")).toBe("10.0.0.2");
  });
});

test("a roster takes effect once: what was in effect before keeps its version", () => {
  const stamp = () => ({ at: 7, by: "b" });
  const { memory, effects } = remembered(memoryOf(3));
  expect(noteEffects(memory, memory, effects, stamp)).toEqual(effects);
  const grown = remembered(memoryOf(5)).memory;
  expect(noteEffects(memory, grown, effects, stamp).get("web")).toEqual({ at: 7, by: "b" });
});
