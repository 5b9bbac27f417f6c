import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { DaemonClient } from "../../../server/platform/client.ts";
import { DaemonError } from "../../../server/platform/daemon-error.ts";
import { isWorthALook, namedBy } from "../../../server/platform/events.ts";
import { createGuard } from "../../../server/platform/guard.ts";
import { createLooker } from "../../../server/platform/look.ts";
import { createHints } from "../../../server/platform/wanted.ts";
import { type WireEvent, wireEvent } from "../../../server/platform/wire.ts";
import type { Instance } from "../../../server/roll-call/observed.ts";
import { runs } from "../../support/runs.ts";

/**
 * Two lookers at one daemon, through any history: one reads what events named, the other lists everything each time. Both must end in
 * the same state. What no event tells is seen by the first at its next look at everything.
 */

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const names = Array.from({ length: 24 }, (_, index) => `web-${index}`);
const name = fc.constantFrom(...names);
const codes = { stopped: 102, running: 103, frozen: 110, error: 112 } as const;
const action = fc.constantFrom("created", "deleted", "started", "stopped", "paused", "resumed", "updated", "shutdown");
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("act"), action, name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rename"), name, to: name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("begin stop", "end stop", "fail stop"), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("silent address", "no network", "error", "well"), name }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("hear"), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("gap", "fail one", "fail list") }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("look"), after: fc.constantFrom(20, 100, 700, 1100) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Machine {
  code: number;
  address: string | undefined;
  uuid: string;
  note: string;
}

function createWorld() {
  let count = 0;
  const born = (): Machine => {
    count++;
    return { code: codes.running, address: `10.77.${count >> 8}.${count & 255}`, uuid: `u${count}`, note: "" };
  };
  const machines = new Map(names.slice(0, 20).map((one) => [one, born()]));
  const stopping = new Set<string>();
  const world = {
    machines,
    stopping,
    born,
    silent: false,
    failOne: 0,
    failList: 0,
    singles: 0,
    events: [] as WireEvent[],
  };
  const view = (one: string, { code, address, uuid, note }: Machine) => ({
    name: one,
    status_code: code,
    type: "container",
    config: { "volatile.uuid": uuid },
    expanded_config: { "user.note": note },
    expanded_devices: { eth0: { type: "nic", hwaddr: "00:16:3e:00:00:01", parent: "br0" } },
    state: {
      network:
        code === codes.stopped || address === undefined
          ? null
          : { eth0: { hwaddr: "00:16:3e:00:00:01", addresses: [{ family: "inet", address, scope: "global" }] } },
    },
  });
  function answer(path: string): unknown {
    const [, , what, one] = path.split("?")[0]?.split("/") ?? [];
    if (what === undefined)
      return {
        auth: "trusted",
        api_extensions: ["instance_get_full"],
        environment: { server: "lxd", server_version: "5.0.2", server_clustered: false },
      };
    if (what === "operations") {
      const stops = [...stopping].map((id) => ({
        id,
        class: "task",
        description: "Stopping instance",
        status_code: 103,
        resources: { instances: [`/1.0/instances/${id}`] },
      }));
      return { running: stops };
    }
    if (what !== "instances") return [];
    if (one === undefined) {
      if (world.failList > 0) throw new DaemonError(path, "busy", { status: 500 });
      return [...machines].map(([key, machine]) => view(key, machine));
    }
    world.singles++;
    if (world.failOne > 0 && world.failOne--) throw new DaemonError(path, "busy", { status: 500 });
    const machine = machines.get(one);
    if (!machine) throw new DaemonError(path, "Instance not found", { status: 404 });
    return view(one, machine);
  }
  const client = {
    deadline: 0,
    get: async (path: string, shape: z.ZodType) => shape.parse(answer(path)),
  } as unknown as DaemonClient;
  return { ...world, world, client };
}

function tellOf(world: ReturnType<typeof createWorld>["world"], type: string, metadata: object) {
  world.events.push(wireEvent.parse({ type, project: "default", metadata }));
}

function change(world: ReturnType<typeof createWorld>["world"], what: Step) {
  const { machines, stopping } = world;
  if (!("name" in what)) return;
  const { name: one } = what;
  const url = `/1.0/instances/${one}`;
  const machine = machines.get(one);
  const lifecycle = (said: string, more: object = {}) =>
    tellOf(world, "lifecycle", { action: `instance-${said}`, source: url, ...more });
  const operation = (status_code: number) =>
    tellOf(world, "operation", { description: "Stopping instance", status_code, resources: { instances: [url] } });
  if (what.do === "act" && "action" in what) {
    if (what.action === "created") machines.set(one, world.born());
    else if (!machine) return;
    else if (what.action === "deleted") machines.delete(one);
    else if (what.action === "updated") machine.note += "x";
    else if (what.action === "paused") machine.code = codes.frozen;
    else machine.code = /start|resum/.test(what.action) ? codes.running : codes.stopped;
    if (!machines.has(one)) stopping.delete(one);
    lifecycle(what.action);
  } else if (what.do === "rename" && "to" in what) {
    if (!machine || machines.has(what.to)) return;
    machines.delete(one);
    stopping.delete(one);
    machines.set(what.to, machine);
    const source = `/1.0/instances/${what.to}`;
    tellOf(world, "lifecycle", { action: "instance-renamed", source, context: { old_name: one } });
  } else if (what.do === "begin stop" && machine) {
    stopping.add(one);
    operation(105);
  } else if (what.do === "end stop" && machine && stopping.delete(one)) {
    machine.code = codes.stopped;
    operation(200);
    lifecycle("stopped");
  } else if (what.do === "fail stop" && stopping.delete(one)) operation(400);
  else if (machine && /silent|network|error|well/.test(what.do)) {
    world.silent = true;
    if (what.do === "error") machine.code = codes.error;
    else if (what.do === "well") machine.code = codes.running;
    else machine.address = what.do === "no network" ? undefined : world.born().address;
  }
}

/** Plays a history, and says what the two lookers end with: after the events, and after a look at everything. */
async function play(steps: readonly Step[], nameIn: typeof namedBy, mindsGaps: boolean) {
  const { world, client, machines } = createWorld();
  const hints = createHints(nameIn);
  const side = () => {
    const guard = createGuard("100%");
    const looker = createLooker(["default"], { family: "ipv4", subnet: undefined }, guard);
    return { guard, looker, instances: new Map() as ReadonlyMap<string, Instance> };
  };
  const [some, all] = [side(), side()];
  async function look(everything = false) {
    const taken = hints.take();
    const chased = [...some.instances.values()].filter(({ nics }) =>
      nics.every(({ addresses }) => addresses.length === 0),
    );
    const wanted = taken && !everything ? { named: taken, chased: new Set(chased.map((one) => one.name)) } : undefined;
    for (const one of [some, all]) {
      const state = await one.looker.look(client, () => {}, one === some ? wanted : undefined);
      one.instances = state.get("default")?.instances ?? new Map();
      const served = [...one.instances.values()].filter(({ state }) => state !== "stopped");
      one.guard.watch(new Map([["default", new Set(served.map((it) => it.name))]]));
    }
    world.failList = 0;
  }
  function hear(event: WireEvent | undefined) {
    if (!event) return;
    for (const { guard } of [some, all]) guard.hear(event);
    if (isWorthALook(event, ["default"])) hints.hear(event);
  }
  async function settle() {
    for (let n = 0; n < 3; n++) {
      vi.advanceTimersByTime(1100);
      await look();
    }
  }
  await look(true);
  for (const one of steps) {
    change(world, one);
    if (one.do === "hear" && "at" in one) hear(world.events.splice(one.at % Math.max(1, world.events.length), 1)[0]);
    if (one.do === "gap") {
      world.events.length = 0;
      if (mindsGaps) hints.everything();
    }
    if (one.do === "fail one") world.failOne++;
    if (one.do === "fail list") world.failList++;
    if (one.do === "look" && "after" in one) {
      vi.advanceTimersByTime(one.after);
      await look();
    }
  }
  for (const event of world.events.splice(0)) hear(event);
  await settle();
  if (!world.silent) expect(some.instances).toEqual(all.instances);
  await look(true);
  await settle();
  expect(some.instances).toEqual(all.instances);
  expect([...some.instances.keys()].sort()).toEqual([...machines.keys()].sort());
  return world.singles;
}

const history = fc.array(step, { minLength: 1, maxLength: 30 });
let singles = 0;
const property = (nameIn = namedBy, mindsGaps = true) =>
  fc.asyncProperty(history, async (steps) => {
    singles += await play(steps, nameIn, mindsGaps);
  });

test("looking at what events named ends in the same state as listing everything", async () => {
  singles = 0;
  await fc.assert(property(), { numRuns: runs(20) });
  expect(singles).toBeGreaterThan(20);
});

test.each([
  [
    "one that forgets the old name of an instance that was renamed",
    (event: WireEvent) => {
      const found = namedBy(event);
      return found && { ...found, names: found.names.slice(0, 1) };
    },
    true,
  ],
  ["one that goes on after a gap in the stream", namedBy, false],
] as const)("this finds a fault: %s", async (_, nameIn, mindsGaps) => {
  const { failed } = await fc.check(property(nameIn, mindsGaps), { numRuns: 1000, endOnFailure: true, seed: 12 });
  expect(failed).toBe(true);
});
