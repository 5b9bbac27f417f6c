import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Declared } from "../../server/declared.ts";
import { type Memory, noMemory } from "../../server/memory.ts";
import type { Instance, Listing, Observed } from "../../server/observed.ts";
import { membersOf, type Plan } from "../../server/plan.ts";
import { callRoll } from "../../server/roll-call.ts";
import { snapshot } from "../../server/snapshot.ts";
import { declare, group, instance, listing, seeListing } from "../support/literals.ts";

/** What happens in the world of these properties: two groups of up to five replicas, on one source. */
type Step =
  | { readonly do: "set"; readonly name: string; readonly state: Instance["state"]; readonly address: string | null }
  | { readonly do: "untag" | "delete"; readonly name: string }
  | { readonly do: "declare"; readonly group: string; readonly replicas: number | null; readonly gate: "complete" | 1 }
  | { readonly do: "look" | "failed look" | "restart" };

interface World {
  memory: Memory;
  /** Whether the source was read since the start. */
  observed: Observed;
  declared: Declared;
  instances: Map<string, Instance>;
  /** The last whole listing that the server has heard of since its start. */
  listed: Listing | undefined;
}

const names = ["api", "web"].flatMap((group) => Array.from({ length: 6 }, (_, i) => `${group}-${i}`));
const name = fc.constantFrom(...names);
const address = fc.option(
  fc.integer({ min: 1, max: 40 }).map((n) => `10.0.2.${n}`),
  { freq: 8 },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("set" as const), name, state: fc.constant("running" as const), address }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      name,
      state: fc.constantFrom("stopped" as const, "frozen" as const, "freezing" as const, "error" as const),
      address,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("untag" as const, "delete" as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("declare" as const),
      group: fc.constantFrom("api", "web"),
      replicas: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 6 }),
      gate: fc.constantFrom("complete" as const, 1 as const),
    }),
  },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("failed look" as const, "restart" as const) }) },
);
const history = fc.array(step, { maxLength: 60 });

function begin(): World {
  const declared = declare(group("api", 2), group("web", 3));
  return { memory: noMemory, observed: new Map(), declared, instances: new Map(), listed: undefined };
}

/** Lets one thing happen and calls the roll, as the server does after each report. */
function take(world: World, step: Step): Plan {
  const before = world.instances;
  if (step.do === "set") before.set(step.name, instance(step.name, { state: step.state, address: step.address }));
  else if (step.do === "untag") before.set(step.name, { ...(before.get(step.name) ?? instance(step.name)), keys: {} });
  else if (step.do === "delete") before.delete(step.name);
  else if (step.do === "declare") world.declared = redeclare(world.declared, step);
  else if (step.do === "look") {
    world.listed = listing(...before.values());
    world.observed = seeListing(world.listed);
  } else if (step.do === "failed look") {
    world.observed = seeListing({ instances: world.listed?.instances, problem: "cut" });
  } else {
    world.listed = undefined;
    world.observed = new Map();
  }
  return recall(world);
}

function recall(world: World): Plan {
  const { plan, memory } = callRoll(world.memory, world.declared, world.observed);
  world.memory = memory;
  return plan;
}

/** As the loader does: no group at all is refused, and groups are sorted. */
function redeclare(declared: Declared, { group: name, replicas, gate }: Step & { do: "declare" }): Declared {
  const others = declared.groups.filter((one) => one.name !== name);
  const wanted = gate === 1 && replicas ? { minimum: 1 } : "complete";
  const groups = replicas === null ? others : [...others, group(name, replicas, { gate: wanted })];
  return groups.length === 0 ? declared : declare(...groups.sort((a, b) => (a.name < b.name ? -1 : 1)));
}

const members = (plan: Plan) =>
  plan.groups.flatMap((one) =>
    one.inEffect ? membersOf(one).map(({ replica, address }) => `${one.group.name}/${replica} ${address}`) : [],
  );

describe("for any history", () => {
  test("a 200 has nobody whom the last whole listing shows absent, and marks whom nobody confirms", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) {
          const plan = take(world, one);
          if (plan.state === "locked") continue;
          const stale = plan.stale.length > 0;
          for (const { replicas } of plan.groups)
            for (const row of replicas) {
              if (row.state !== "member" && row.state !== "kept") continue;
              const seen = world.listed?.instances?.get(row.replica);
              if (world.listed) {
                const shown = seen?.nics[0]?.addresses.map(({ address }) => address) ?? [];
                const absent = !seen || seen.state === "stopped" || seen.state === "frozen";
                const unaddressed = seen?.state === "running" && !shown.includes(row.address ?? "");
                expect(absent || unaddressed, `${row.replica} ${row.address}`).toBe(false);
              }
              const confirmed = !stale && seen?.state === "running";
              if (!confirmed) expect(row.state).toBe("kept");
            }
        }
      }),
    );
  });

  test("a 200 is never empty, and a 423 always names someone", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) {
          const plan = take(world, one);
          const { status, body } = snapshot(plan);
          const answer = JSON.parse(body.toString());
          if (status === 200) expect(Object.keys(answer.http.services).length).toBeGreaterThan(0);
          else expect(answer.waiting.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  test("a failed listing removes no member", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) take(world, one);
        const before = members(recall(world));
        expect(members(take(world, { do: "failed look" }))).toEqual(before);
      }),
    );
  });

  test("a restart removes no member and changes no address until the next whole listing", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) take(world, one);
        const before = recall(world);
        const after = take(world, { do: "restart" });
        expect(members(after)).toEqual(members(before));
      }),
    );
  });

  test("a surplus replica changes nothing that is served", () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 6, max: 30 }), (steps, index) => {
        const world = begin();
        for (const one of steps) take(world, one);
        const before = snapshot(take(world, { do: "look" })).version;
        const without = world.memory;
        take(world, { do: "set", name: `web-${index}`, state: "running", address: "10.0.3.3" });
        expect(snapshot(take(world, { do: "look" })).version).toBe(before);
        expect(world.memory).toEqual(without);
      }),
    );
  });

  test("the same memory and the same listing in any order give the same bytes", () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (steps, order) => {
        const world = begin();
        for (const one of steps) take(world, one);
        const keyed = [...world.instances.values()].map((one) => [order.next().value, one] as const);
        const shuffled = keyed.sort(([a], [b]) => a - b).map(([, one]) => one);
        const one = callRoll(world.memory, world.declared, seeListing(listing(...world.instances.values())));
        const two = callRoll(world.memory, world.declared, seeListing(listing(...shuffled)));
        expect(snapshot(two.plan).version).toBe(snapshot(one.plan).version);
      }),
    );
  });

  test("two histories that end complete, with one address a NIC, give the same bytes", () => {
    fc.assert(
      fc.property(history, history, (one, two) => {
        const versions = [one, two].map((steps) => {
          const world = begin();
          for (const step of steps) take(world, step);
          world.declared = declare(group("api", 2), group("web", 3));
          world.instances = new Map(
            ["api-0", "api-1", "web-0", "web-1", "web-2"].map((name) => [name, instance(name)]),
          );
          return snapshot(take(world, { do: "look" }));
        });
        expect(versions[0]?.status).toBe(200);
        expect(versions[0]?.version).toBe(versions[1]?.version);
      }),
    );
  });
});
