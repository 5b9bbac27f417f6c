import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { snapshot } from "../../../server/document/snapshot.ts";
import type { Declared } from "../../../server/roll-call/declared.ts";
import { type Memory, noMemory } from "../../../server/roll-call/memory.ts";
import type { Instance, Listing, Observed } from "../../../server/roll-call/observed.ts";
import { membersOf, type Plan } from "../../../server/roll-call/plan.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { keptReader, keptText, nothingKept } from "../../../server/state/format.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { tags, weightKey } from "../../../shared/tags.ts";
import { decode } from "../../../traefik/decode/decode.ts";
import { kinds } from "../../../traefik/objects/objects.ts";
import { runs } from "../../support/runs.ts";
import { declare, group, instance, listing, seeListing } from "../../support/server/literals.ts";

/** What happens in the world of these properties: two groups of up to five replicas, on one source. */
type Step =
  | {
      readonly do: "set";
      readonly name: string;
      readonly state: Instance["state"];
      readonly address: string | null;
      readonly weight: string | undefined;
    }
  | { readonly do: "untag" | "delete"; readonly name: string }
  | {
      readonly do: "declare";
      readonly group: string;
      readonly replicas: number | null;
      readonly gate: "complete" | 1;
      readonly speaking: (group: string) => Partial<DeclaredGroup>;
    }
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
const weight = fc.option(fc.constantFrom("0", "1", "7", "much"), { nil: undefined, freq: 2 });
/** Each protocol with settings and a router of its own, and without. */
const speaking = fc.constantFrom<((group: string) => Partial<DeclaredGroup>)[]>(
  () => ({}),
  (name) => ({
    service: {
      protocol: "http",
      scheme: "https",
      port: 8443,
      weights: { [`${name}-0`]: 3, [`${name}-1`]: 0 },
      loadBalancer: { sticky: { cookie: {} }, healthCheck: { path: "/health" } },
    },
    router: { rule: `Host(\`${name}\`)`, tls: {} },
  }),
  (name) => ({
    service: { protocol: "tcp", port: 5432, tls: true, loadBalancer: { proxyProtocol: {}, healthCheck: {} } },
    router: { rule: `HostSNI(\`${name}\`)`, tls: { passthrough: true } },
  }),
  () => ({ service: { protocol: "tcp", port: 5432 } }),
  (name) => ({ service: { protocol: "udp", port: 53 }, router: { entryPoints: [name] } }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      name,
      state: fc.constant("running" as const),
      address,
      weight,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      name,
      state: fc.constantFrom("stopped" as const, "frozen" as const, "freezing" as const, "error" as const),
      address,
      weight,
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
      speaking,
    }),
  },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("failed look" as const, "restart" as const) }) },
);
/** Everybody who is declared at the beginning is there, and seen: chance alone gets there seldom. */
const opening: readonly Step[] = [
  ...["api-0", "api-1", "web-0", "web-1", "web-2"].map(
    (name, index): Step => ({ do: "set", name, state: "running", address: `10.0.1.${index}`, weight: undefined }),
  ),
  { do: "look" },
];
const history = fc
  .tuple(fc.constantFrom(opening, []), fc.array(step, { maxLength: 60 }))
  .map(([first, rest]) => [...first, ...rest]);

function begin(): World {
  const declared = declare(group("api", 2), group("web", 3));
  return { memory: noMemory, observed: new Map(), declared, instances: new Map(), listed: undefined };
}

/** Lets one thing happen and calls the roll, as the server does after each report. */
function take(world: World, step: Step): Plan {
  const before = world.instances;
  if (step.do === "set") before.set(step.name, made(step));
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
    world.memory = throughTheDisk(world);
  }
  return recall(world);
}

/** The stub of an instance on an offline cluster member has no keys. */
function made({ name, state, address, weight }: Step & { do: "set" }): Instance {
  const keys = { [tags.group]: name.replace(/-\d+$/, ""), ...(weight !== undefined && { [weightKey]: weight }) };
  return instance(name, { state, address, keys: state === "error" ? {} : keys });
}

/** The memory as the next server finds it. */
function throughTheDisk({ memory, declared: { groups } }: World): Memory {
  const { kept, problem } = keptReader("3.7")(keptText({ ...nothingKept, memory, groups }));
  expect(problem).toBeUndefined();
  return kept?.memory ?? expect.fail("it can't be read");
}

function recall(world: World): Plan {
  const { plan, memory } = callRoll(world.memory, world.declared, world.observed);
  world.memory = memory;
  return plan;
}

/** As the loader does: no group at all is refused, and groups are sorted. */
function redeclare(declared: Declared, { group: name, replicas, gate, speaking }: Step & { do: "declare" }): Declared {
  const others = declared.groups.filter((one) => one.name !== name);
  const wanted = gate === 1 && replicas ? { minimum: 1 } : "complete";
  const groups = replicas === null ? others : [...others, group(name, replicas, { gate: wanted, ...speaking(name) })];
  return groups.length === 0 ? declared : declare(...groups.sort((a, b) => (a.name < b.name ? -1 : 1)));
}

/** The services of a document as `http web`, and of its routers the section with the service that each names. */
function objectsOf(body: Buffer) {
  const document = JSON.parse(body.toString()) as Record<string, Record<string, Record<string, { service?: string }>>>;
  const found = kinds.flatMap((kind) => {
    const [section = "", part = ""] = kind.split(".");
    return Object.entries(document[section]?.[part] ?? {}).map(([name, value]) => ({ section, part, name, value }));
  });
  return {
    services: new Set(found.filter(({ part }) => part === "services").map(({ section, name }) => `${section} ${name}`)),
    routers: found
      .filter(({ part }) => part === "routers")
      .map(({ section, value }) => [section, value.service] as const),
  };
}

const members = (plan: Plan) =>
  plan.groups.flatMap((one) =>
    one.inEffect ? membersOf(one).map(({ replica, address }) => `${one.group.name}/${replica} ${address}`) : [],
  );

describe("for any history", () => {
  test("a 200 has no replica that the last complete listing shows absent, and marks those that no listing confirms", () => {
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
      { numRuns: runs(20) },
    );
  });

  test("a 200 is never empty, and a 423 always names someone", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) {
          const plan = take(world, one);
          const { status, body } = snapshot(plan);
          if (status === 200) expect(objectsOf(body).services.size).toBeGreaterThan(0);
          else expect(JSON.parse(body.toString()).waiting.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs(20) },
    );
  });

  test("Traefik takes every 200 as it is written, and each of its routers names a service that is there", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) {
          const { status, body } = snapshot(take(world, one));
          if (status !== 200) continue;
          const decoded = decode(body, "3.7");
          expect([decoded.verdict, "altered" in decoded && decoded.altered]).toEqual(["accepted", []]);
          const { services, routers } = objectsOf(body);
          for (const [section, service] of routers) expect(services).toContain(`${section} ${service}`);
        }
      }),
      { numRuns: runs(20) },
    );
  });

  test("what is served has the protocol of the roster in effect, and of no other declaration", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) {
          const plan = take(world, one);
          if (plan.state === "locked") continue;
          const { services } = objectsOf(snapshot(plan).body);
          const served = plan.groups.filter(({ inEffect }) => inEffect);
          expect([...services].sort()).toEqual(
            served.map(({ group, inEffect }) => `${inEffect?.protocol} ${group.name}`).sort(),
          );
          for (const { inEffect, serves } of served) expect(serves?.service.protocol).toBe(inEffect?.protocol);
        }
      }),
      { numRuns: runs(20) },
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
      { numRuns: runs(20) },
    );
  });

  test("a restart removes no member and changes no byte until the next whole listing", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world = begin();
        for (const one of steps) take(world, one);
        const before = recall(world);
        const after = take(world, { do: "restart" });
        expect(members(after)).toEqual(members(before));
        if (before.state === "ready") expect(snapshot(after).version).toBe(snapshot(before).version);
      }),
      { numRuns: runs(20) },
    );
  });

  test("a surplus replica changes nothing that is served", () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 6, max: 30 }), (steps, index) => {
        const world = begin();
        for (const one of steps) take(world, one);
        const before = snapshot(take(world, { do: "look" })).version;
        const without = world.memory;
        const weight = "0";
        take(world, { do: "set", name: `web-${index}`, state: "running", address: "10.0.3.3", weight });
        expect(snapshot(take(world, { do: "look" })).version).toBe(before);
        expect(world.memory).toEqual(without);
      }),
      { numRuns: runs(20) },
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
      { numRuns: runs(20) },
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
      { numRuns: runs(20) },
    );
  });
});
