import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aroundEmpty } from "../../../server/document/around-empty.ts";
import { type ChooseOptions, choose } from "../../../server/document/choose.ts";
import { cyclesOf } from "../../../traefik/judge/cycles.ts";
import { type Candidate, type ObjectId, type ObjectValue, objectId } from "../../../traefik/objects/objects.ts";
import { referencesOf, targetOf } from "../../../traefik/objects/references.ts";
import { runs } from "../../support/runs.ts";

type Values = Readonly<Record<string, ObjectValue | undefined>>;

const candidates = (values: Values): Candidate[] =>
  Object.entries(values).map(([id, value]) => ({ id: id as ObjectId, value, origin: "routes/a.yaml" }));

function resolved(
  values: Values,
  options: Partial<Record<"waiting" | "allowed", string[]> & { previous: Values }> = {},
) {
  const full: ChooseOptions = {
    waiting: new Set((options.waiting ?? []).map((name) => objectId("http.services", name))),
    previous: new Map(Object.entries(options.previous ?? {})) as ChooseOptions["previous"],
    allowed: (name) => (options.allowed ?? []).includes(name),
  };
  const { objects, remarks } = choose(candidates(values), full);
  return {
    objects: Object.fromEntries(objects),
    remarks: remarks.map(({ id, state, reason }) => `${state} ${id}: ${reason}`),
  };
}

const balancer = { loadBalancer: { servers: [{ url: "http://10.0.0.1:80" }] } };
const router = (service: string, more: object = {}) => ({ rule: "Host(`a`)", service, ...more });
const weighted = (...names: string[]) => ({ weighted: { services: names.map((name) => ({ name, weight: 1 })) } });

describe("what is valid is served as it is", () => {
  test("a router, its middlewares and its service", () => {
    const values = {
      "http.routers/a": router("s", { middlewares: ["m"], tls: { options: "default" } }),
      "http.middlewares/m": { stripPrefix: { prefixes: ["/x"] } },
      "http.services/s": balancer,
    };
    expect(resolved(values)).toEqual({ objects: values, remarks: [] });
  });

  test("equal names of HTTP and TCP are two objects", () => {
    const values = { "tcp.routers/a": router("s"), "http.services/s": balancer };
    expect(resolved(values).remarks).toEqual(["left-out tcp.routers/a: service: there is no tcp service s"]);
  });
});

describe("a bad object", () => {
  test("is left out with what names it, and the others are served", () => {
    const good = { "http.routers/b": router("s"), "http.services/s": balancer };
    const bad = {
      "http.routers/a": router("s", { middlewares: ["c"] }),
      "http.middlewares/c": { chain: { middlewares: ["m"] } },
      "http.middlewares/m": undefined,
    };
    expect(resolved({ ...good, ...bad })).toEqual({
      objects: good,
      remarks: [
        "left-out http.middlewares/c: chain.middlewares[0]: there is no middleware m",
        "left-out http.middlewares/m: cannot be read",
        "left-out http.routers/a: middlewares[0]: there is no middleware c",
      ],
    });
  });

  test("that was served before keeps its previous form, and so does a router that names a new object that is bad", () => {
    const before = {
      "http.routers/a": router("s"),
      "http.services/s": balancer,
      "http.middlewares/m": { compress: {} },
    };
    const after = { ...before, "http.routers/a": router("nobody"), "http.middlewares/m": undefined };
    expect(resolved(after, { previous: before })).toEqual({
      objects: before,
      remarks: [
        "previous http.middlewares/m: cannot be read",
        "previous http.routers/a: service: there is no service nobody",
      ],
    });
  });

  test("is left out if its previous form names what is gone", () => {
    const previous = { "http.routers/a": router("old") };
    expect(resolved({ "http.routers/a": router("new") }, { previous }).remarks).toEqual([
      "left-out http.routers/a: service: there is no service new; service: there is no service old",
    ]);
  });
});

test("an object that can't be worked with costs itself alone, and its previous form is served", () => {
  const faulty = () =>
    Object.defineProperty({ rule: "Host(`b`)" }, "service", {
      enumerable: true,
      get() {
        throw new TypeError("no");
      },
    });
  const values = { "http.routers/a": router("s"), "http.routers/b": faulty(), "http.services/s": balancer };
  const { objects, remarks } = resolved(values);
  expect(Object.keys(objects)).toEqual(["http.routers/a", "http.services/s"]);
  expect(remarks).toEqual([
    expect.stringMatching(/^left-out http.routers\/b: a fault of rollcall itself: TypeError in /),
  ]);
  const previous = { "http.routers/b": router("s") };
  expect(resolved({ ...values, "http.routers/b": faulty() }, { previous }).objects).toMatchObject(previous);
});

describe("a missing service that gets no requests", () => {
  const others = { "http.routers/a": router("split"), "http.services/web": balancer };
  const services = [
    { name: "web", weight: 1 },
    { name: "gone", weight: 0 },
  ];

  test.each<[string, ObjectValue, ObjectValue]>([
    ["a share of weight 0", { weighted: { services } }, weighted("web")],
    [
      "a mirror of 0 percent",
      { mirroring: { service: "web", mirrors: [{ name: "gone" }] } },
      { mirroring: { service: "web" } },
    ],
  ])("is left out where it has %s, and the rest goes on", (_, split, rest) => {
    const served = { ...others, "http.services/split": split };
    const { objects, remarks } = resolved(served, { previous: { ...served, "http.services/gone": balancer } });
    expect(objects).toEqual({ ...others, "http.services/split": rest });
    expect(remarks).toEqual([
      expect.stringMatching(/^pruned http.services\/split: .*\[.\]: there is no service gone$/),
    ]);
  });

  test("costs its parent where it is the only one", () => {
    const { objects } = resolved({ ...others, "http.services/split": { weighted: { services: services.slice(1) } } });
    expect(objects).toEqual({ "http.services/web": balancer });
  });
});

describe("a group that was never in effect", () => {
  const others = { "http.routers/a": router("split"), "http.services/web": balancer };

  test("leaves a service that had another form in that form", () => {
    const before = { ...others, "http.services/split": weighted("web") };
    const after = { ...others, "http.services/split": weighted("web", "web-next") };
    expect(resolved(after, { waiting: ["web-next"], previous: before })).toEqual({
      objects: before,
      remarks: ["previous http.services/split: weighted.services[1]: group web-next is not in effect yet"],
    });
  });

  test("is missing among the children of a new service, which goes on with the others", () => {
    const after = { ...others, "http.services/split": weighted("next-1", "web", "next-2") };
    expect(resolved(after, { waiting: ["next-1", "next-2"] })).toEqual({
      objects: { ...others, "http.services/split": weighted("web") },
      remarks: [
        "pruned http.services/split: weighted.services[0]: group next-1 is not in effect yet; weighted.services[2]: group next-2 is not in effect yet",
      ],
    });
  });

  test("takes a new service along of which it is the only child", () => {
    const { objects } = resolved({ ...others, "http.services/split": weighted("next") }, { waiting: ["next"] });
    expect(objects).toEqual({ "http.services/web": balancer });
  });

  test("is left out of the mirrors, even as the only one", () => {
    const mirrored = { mirroring: { service: "web", mirrors: [{ name: "next", percent: 10 }] } };
    const { objects } = resolved({ ...others, "http.services/split": mirrored }, { waiting: ["next"] });
    expect(objects["http.services/split"]).toEqual({ mirroring: { service: "web" } });
  });
});

describe("the work of deciding", () => {
  /** How often the values of a chain of services whose end is missing are read. */
  function readsOf(length: number) {
    let reads = 0;
    const counted = (name: string) =>
      Object.defineProperty({}, "weighted", {
        enumerable: true,
        get: () => {
          reads++;
          return weighted(name).weighted;
        },
      });
    const chain = Array.from({ length }, (_, index) => [`http.services/s${index}`, counted(`s${index + 1}`)] as const);
    expect(resolved(Object.fromEntries(chain)).objects).toEqual({});
    return reads;
  }

  test("grows with the objects, not with their square, when each falls with the next", () => {
    expect(readsOf(800) / readsOf(400)).toBeLessThan(2.2);
  });

  test("ends for a chain of failovers of any length", () => {
    const chain = Array.from(
      { length: 20_000 },
      (_, index) => [objectId("http.services", `s${index}`), weighted(`s${index + 1}`)] as const,
    );
    const end = [objectId("http.services", "s20000"), { loadBalancer: { servers: [] } }] as const;
    const failover = { failover: { service: "s0", fallback: "b" } };
    const objects = new Map<ObjectId, ObjectValue>([
      ...chain,
      end,
      [objectId("http.services", "b"), balancer],
      [objectId("http.services", "f"), failover],
    ]);
    expect(aroundEmpty(objects).get(objectId("http.services", "f"))?.value).toEqual({
      weighted: { services: [{ name: "b", weight: 1 }] },
    });
  });
});

describe("what is another provider's", () => {
  test("is refused, api@internal too, unless it is allowed", () => {
    const values = { "http.routers/a": router("api@internal"), "http.routers/b": router("s@file") };
    expect(resolved(values, { allowed: ["s@file"] })).toEqual({
      objects: { "http.routers/b": router("s@file") },
      remarks: ["left-out http.routers/a: service: api@internal is another provider's; traefik.uses allows it"],
    });
  });
});

describe("a circle", () => {
  test("is left out whole, with what names it", () => {
    const values = {
      "tcp.services/a": weighted("b"),
      "tcp.services/b": weighted("a"),
      "tcp.services/own": weighted("own"),
      "tcp.routers/r": router("a"),
    };
    const { objects, remarks } = resolved(values);
    expect(objects).toEqual({});
    expect(remarks).toContain("left-out tcp.services/a: refers to itself through tcp service a, tcp service b");
    expect(remarks).toContain("left-out tcp.services/own: refers to itself through tcp service own");
  });

  test("of many is reported by its first ten names", () => {
    const cycle = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [
        `http.services/s${10 + index}`,
        weighted(`s${10 + ((index + 1) % 12)}`),
      ]),
    );
    expect(resolved(cycle).remarks[0]).toMatch(
      /^left-out http.services\/s10: refers to itself through .*service s19 and others$/,
    );
  });

  test("of ten thousand is found", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `s${index}`);
    const entries = names.map(
      (name, index) =>
        [objectId("http.services", name), { value: weighted(names[(index + 1) % names.length] ?? "") }] as const,
    );
    expect(cyclesOf(new Map(entries)).map(({ length }) => length)).toEqual([10_000]);
  });
});

describe("what Traefik turns off because of other objects", () => {
  const reasons = (values: Values) => resolved(values).remarks;

  test("is a router that leads nowhere: without a service, and without a router that names it as its parent", () => {
    const child = { rule: "Path(`/`)", service: "s", parentRefs: ["a"] };
    const values = { "http.routers/a": { rule: "Host(`a`)" }, "http.services/s": balancer };
    expect(reasons(values)).toEqual(["left-out http.routers/a: has no service, and no router names it as its parent"]);
    expect(reasons({ ...values, "http.routers/b": child })).toEqual([]);
    expect(reasons({ ...values, "http.routers/b": { ...child, service: "nobody" } })).toEqual([
      "left-out http.routers/a: has no service, and no router names it as its parent",
      "left-out http.routers/b: service: there is no service nobody",
    ]);
  });

  test("is nothing if a list is empty, which is the same as not written", () => {
    const empty = { parentRefs: [], entryPoints: [], middlewares: [], tls: {} };
    expect(reasons({ "http.routers/a": router("s", empty), "http.services/s": balancer })).toEqual([]);
  });

  test("is a service that needs the state of another one that reports none, and its previous form is served", () => {
    const asking = (names: string[]) => ({ weighted: { services: names.map((name) => ({ name })), healthCheck: {} } });
    const checked = { loadBalancer: { ...balancer.loadBalancer, healthCheck: { path: "/" } } };
    const values = { "http.services/s": balancer, "http.services/c": checked };
    const why = "weighted.services[1].name: names a service without a healthCheck, and its health is needed here";
    expect(reasons({ ...values, "http.services/w": asking(["c"]) })).toEqual([]);
    expect(reasons({ ...values, "http.services/w": asking(["c", "s"]) })).toEqual([`left-out http.services/w: ${why}`]);
    const previous = { "http.services/w": asking(["c"]) };
    const { objects, remarks } = resolved({ ...values, "http.services/w": asking(["c", "s"]) }, { previous });
    expect([objects["http.services/w"], remarks]).toEqual([asking(["c"]), [`previous http.services/w: ${why}`]]);
  });
});

describe("for any documents", () => {
  const names = ["a", "b", "c", "d"];
  const name = fc.constantFrom(...names, "waiting", "x@file");
  const service = fc.oneof(
    fc.constant(balancer),
    fc.array(name, { minLength: 1, maxLength: 3 }).map((list) => weighted(...list)),
    fc.constant(undefined),
  );
  const objects = fc.record({
    services: fc.dictionary(fc.constantFrom(...names), service),
    routers: fc.dictionary(
      fc.constantFrom(...names),
      name.map((one) => router(one)),
    ),
  });
  const values = objects.map(
    ({ services, routers }): Values => ({
      ...Object.fromEntries(Object.entries(services).map(([key, value]) => [`http.services/${key}`, value])),
      ...Object.fromEntries(Object.entries(routers).map(([key, value]) => [`http.routers/${key}`, value])),
    }),
  );

  test("nothing that is served names what is not served, and nothing names itself", () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const first = resolved(before, { waiting: ["waiting"], allowed: ["x@file"] }).objects;
        const { objects } = resolved(after, { previous: first, waiting: ["waiting"], allowed: ["x@file"] });
        const entries = Object.entries(objects) as [ObjectId, ObjectValue][];
        for (const [id, value] of entries)
          for (const reference of referencesOf(id, value))
            expect(reference.name === "x@file" || targetOf(reference) in objects).toBe(true);
        expect(cyclesOf(new Map(entries.map(([id, value]) => [id, { value }])))).toEqual([]);
      }),
      { numRuns: runs(30) },
    );
  });

  test("what is valid on its own is served as it is, whatever else there is", () => {
    fc.assert(
      fc.property(values, (others) => {
        const good = { "http.routers/good": router("fine"), "http.services/fine": balancer };
        expect(resolved({ ...others, ...good }).objects).toMatchObject(good);
      }),
      { numRuns: runs(30) },
    );
  });

  test("what is served and stays in the files is never dropped for another object's sake", () => {
    fc.assert(
      fc.property(values, (after) => {
        const before = { "http.routers/r": router("s"), "http.services/s": balancer };
        const changed = { ...after, "http.services/s": balancer, "http.routers/r": router("nobody") };
        expect(resolved(changed, { previous: before }).objects).toMatchObject(before);
      }),
      { numRuns: runs(30) },
    );
  });
});
