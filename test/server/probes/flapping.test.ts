import { expect, test, vi } from "vitest";
import { createFlapping } from "../../../server/probes/flapping.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance } from "../../../server/roll-call/observed.ts";
import { callRoll, nothingTold } from "../../../server/roll-call/roll-call.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

/** Two replicas of which a test moves web-1; the clock is the test's. */
function flapping() {
  vi.useFakeTimers();
  let [memory, heldBack] = [noMemory, nothingTold.heldBack];
  const stop = new AbortController();
  const watch = createFlapping(() => Date.now());
  const running = watch.run((now) => {
    heldBack = now;
  }, stop.signal);
  return {
    at(address: string | null, more: Partial<Instance> = {}) {
      const seen = see(instance("web-0"), { ...instance("web-1", { address }), ...more });
      const called = callRoll(memory, declare(group("web", 2)), seen, [], { ...nothingTold, heldBack });
      memory = called.memory;
      heldBack = watch.note(called.plan, seen);
      return called.plan.groups[0]?.replicas[1];
    },
    wait: (ms: number) => vi.advanceTimersByTime(ms),
    held: () => [...heldBack.values()],
    async end() {
      stop.abort();
      await running;
      expect(vi.getTimerCount()).toBe(0);
      vi.useRealTimers();
    },
  };
}

test("a member whose address flaps joins late, later each time, and status says why", async () => {
  const { at, wait, held, end } = flapping();
  expect(at("10.0.0.1")?.state).toBe("member");
  at(null);
  // The first time it is free.
  expect(at("10.0.0.1")?.state).toBe("member");
  at(null);
  const row = at("10.0.0.1");
  expect(row).toMatchObject({
    state: "starting",
    reason: "not-ready",
    detail: "left or changed its address 2 times within a minute: it joins 2 s after the last time",
  });
  wait(2100);
  expect(at("10.0.0.1")?.state).toBe("member");
  expect(at("10.0.0.7")?.state).toBe("member");
  expect(held()).toEqual(["left or changed its address 3 times within a minute: it joins 4 s after the last time"]);
  await end();
});

test("what someone ends or drains does not flap, nor one of which only the name is known for a while", async () => {
  const { at, held, end } = flapping();
  for (let i = 0; i < 4; i++) {
    expect(at("10.0.0.1", { uuid: "a" })?.state).toBe("member");
    expect(at("10.0.0.1", { uuid: "a", leaving: "LXD is restarting it" })?.state).toBe("leaving");
    expect(at("10.0.0.1", { uuid: "a" })?.state).toBe("member");
    expect(at(null, { state: "error", nics: [], keys: {} })?.state).toBe("kept");
  }
  expect(held()).toEqual([]);
  await end();
});

test("five quiet minutes end that, and an instance made again under the name is another one", async () => {
  const { at, wait, held, end } = flapping();
  for (const uuid of ["a", "b", "c", "d"]) expect(at("10.0.0.1", { uuid })?.state).toBe("member");
  expect(held()).toEqual([]);
  for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) at(address, { uuid: "d" });
  expect(held()).toHaveLength(1);
  wait(306_000);
  expect(at("10.0.0.1", { uuid: "d" })?.state).toBe("member");
  expect(held()).toEqual([]);
  await end();
});
