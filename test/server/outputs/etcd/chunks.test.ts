import fc from "fast-check";
import { expect, test } from "vitest";
import { chunksOf, limits } from "../../../../server/outputs/etcd/chunks.ts";

const tree = (entries: Record<string, string>) =>
  new Map(Object.entries(entries).map(([key, value]) => [`traefik/${key}`, value]));

/** The tree after so many of the chunks. */
function after(have: ReadonlyMap<string, string>, chunks: ReturnType<typeof chunksOf>): Map<string, string> {
  const made = new Map(have);
  for (const one of chunks.flat())
    if ("put" in one) made.set(one.put, String(one.value));
    else if ("delete" in one) made.delete(one.delete);
  return made;
}

test("equal trees need no transaction, and one key that differs is one operation", () => {
  const have = tree({ "http/services/a/loadBalancer/servers/0/url": "http://a" });
  const want = tree({ "http/services/a/loadBalancer/servers/0/url": "http://b" });
  expect(chunksOf(have, have, "traefik/")).toEqual([]);
  expect(chunksOf(have, want, "traefik/")).toEqual([
    [{ put: "traefik/http/services/a/loadBalancer/servers/0/url", value: "http://b" }],
  ]);
});

test("what doesn't fit into one transaction is written new services first, then changed ones, routers, and removals last", () => {
  const many = (name: string, count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `http/services/${name}/loadBalancer/servers/${String(i).padStart(3, "0")}/url`,
        `http://${name}-${i}`,
      ]),
    );
  const have = tree({
    ...many("old", 100),
    ...many("kept", 2),
    "http/routers/gone/rule": "x",
    "http/routers/web/service": "old",
  });
  const want = tree({ ...many("new", 100), ...many("kept", 60), "http/routers/web/service": "new" });
  const chunks = chunksOf(have, want, "traefik/");
  const order = chunks.flat().map((one) => {
    if ("put" in one) return `put ${one.put.split("/").slice(2, 4).join(" ")}`;
    return "delete" in one ? `delete ${one.delete.split("/").slice(2, 4).join(" ")}` : "";
  });
  expect([...new Set(order)]).toEqual([
    "put services new",
    "put services kept",
    "put routers web",
    "delete routers gone",
    "delete services old",
  ]);
});

test("whatever turns into whatever, it ends as wanted, within etcd's limits, and no key twice in a transaction", () => {
  const object = fc.constantFrom(
    "http/routers/a",
    "http/services/a",
    "http/services/b",
    "http/middlewares/m",
    "tcp/routers/t",
  );
  const keys = fc.tuple(object, fc.nat({ max: 200 })).map(([name, field]) => `${name}/f${field}`);
  const trees = fc.dictionary(keys, fc.constantFrom("1", "2"), { maxKeys: 300, size: "max" }).map(tree);
  fc.assert(
    fc.property(trees, trees, (have, want) => {
      const chunks = chunksOf(have, want, "traefik/");
      expect(after(have, chunks)).toEqual(want);
      for (const chunk of chunks) {
        expect(chunk.length).toBeLessThanOrEqual(limits.operations);
        const names = chunk.map((one) => ("put" in one ? one.put : "delete" in one ? one.delete : ""));
        expect(new Set(names).size).toBe(names.length);
      }
    }),
    { numRuns: 30 },
  );
});

test("a transaction holds at most what etcd takes in bytes", () => {
  const want = tree(
    Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`http/routers/r${i}/rule`, "x".repeat(400_000)])),
  );
  const sizes = chunksOf(new Map(), want, "traefik/").map((chunk) => chunk.length);
  expect(sizes).toEqual([3, 2]);
});
