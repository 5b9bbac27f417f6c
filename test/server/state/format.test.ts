import { describe, expect, test } from "vitest";
import { type Kept, keptJson, keptSchema } from "../../../server/state/format.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import type { KeptRoutes } from "../../../server/state/kept-routes.ts";
import { tags, weightKey } from "../../../shared/tags.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

const throughJson = (kept: Kept) => JSON.parse(JSON.stringify(keptJson(kept)));
const read = (json: unknown) => keptSchema("3.7").parse(json);

describe("what is kept", () => {
  const web = group("web", 2, {
    service: { protocol: "http", scheme: "http", port: 3000, weights: { "web-1": 3 } },
    router: { rule: "Host(`web`)" },
  });
  const dns = group("dns", 1, { service: { protocol: "udp", port: 53 }, router: { entryPoints: ["dns"] } });
  const drained = instance("web-0", { keys: { [tags.group]: "web", [weightKey]: "0" } });
  const there = see(drained, instance("web-1"), instance("dns-0"));
  const { memory } = callRoll(noMemory, declare(dns, web), there);

  const routes: KeptRoutes = new Map([
    [
      "/routes/shop.yaml",
      [{ id: "http.middlewares/cut", origin: "/routes/shop.yaml:3:5", value: { stripPrefix: { prefixes: ["/a"] } } }],
    ],
  ]);

  test("is read as it was", () => {
    const kept = { memory, groups: [dns, web], routes };
    expect(read(throughJson(kept))).toEqual(kept);
    expect(throughJson(kept).memory.groups.web).toEqual({
      roster: {
        group: "web",
        source: "local",
        project: "default",
        replicas: 2,
        protocol: "http",
        scheme: "http",
        port: 3000,
      },
      members: { "web-0": "10.0.0.0", "web-1": "10.0.0.1" },
      weights: { "web-0": 0 },
    });
  });

  test("has the declaration that is served while another protocol is pending", () => {
    const tcp = group("web", 3, { service: { protocol: "tcp", port: 5432, tls: true } });
    const pending = callRoll(memory, declare(dns, tcp), there);
    expect(pending.plan.groups[1]?.serves).toBe(web);
    const kept = { memory: pending.memory, groups: [dns, tcp], routes: new Map() };
    expect(read(throughJson(kept))).toEqual(kept);
  });
});

describe("what is kept of route files", () => {
  const one = (id: string, value: object) => ({ id, origin: "/routes/a.yaml:1:1", value });
  const readRoutes = (...all: object[]) =>
    keptSchema("3.5").parse({
      format: 1,
      memory: { opened: true, groups: {} },
      groups: [],
      routes: { "/routes/a.yaml": all },
    }).routes;

  test("has numbers beyond those of JavaScript, which are text on the disk", () => {
    const value = { rule: "Host(`a`)", service: "s", priority: "9223372036854774807" };
    const [[, [read]] = ["", []]] = [...readRoutes(one("http.routers/a", value))];
    expect(read?.value).toEqual(value);
  });

  test("is dropped if this Traefik would refuse it as it is", () => {
    const fine = one("http.middlewares/fine", { stripPrefix: { prefixes: ["/a"] } });
    const routes = readRoutes(
      fine,
      one("http.middlewares/two", { stripPrefix: { prefixes: ["/a"] }, addPrefix: { prefix: "/b" } }),
      one("http.routers/r", { rule: "Host(`a`", service: "s" }),
      one("http.nowhere/x", { a: 1 }),
      one("http.middlewares/unknown", { stripPrefixx: {} }),
    );
    expect([...routes]).toEqual([["/routes/a.yaml", [fine]]]);
  });
});

describe("what a server before TCP, UDP and weights has written", () => {
  const roster = {
    group: "web",
    source: "local",
    project: "default",
    replicas: 1,
    protocol: "http",
    scheme: "https",
    port: 3443,
  };
  const declared = {
    name: "web",
    project: "default",
    replicas: 1,
    service: { protocol: "http", scheme: "https", port: 3443 },
    router: { rule: "Host(`web`)" },
    source: "local",
    gate: "complete",
  };
  const written = {
    format: 1,
    memory: { opened: true, groups: { web: { roster, members: { "web-0": "10.0.0.1" } } } },
    groups: [declared],
  };

  test("is read, and the group is in effect", () => {
    const { memory, groups } = read(written);
    expect(groups).toEqual([declared]);
    expect(memory.groups.get("web")).toEqual({
      roster,
      members: new Map([["web-0", "10.0.0.1"]]),
      weights: new Map(),
      declared,
    });
    const { plan } = callRoll(memory, declare(...groups), new Map());
    expect(plan).toMatchObject({ state: "ready", groups: [{ inEffect: roster, pending: undefined }] });
  });
});

describe("what differs from what was written is not read", () => {
  const roster = { group: "web", source: "local", project: "default", replicas: 1, protocol: "tcp", port: 1 };
  const isRead = (over: object) => {
    const web = { roster, members: { "web-0": "10.0.0.1" }, ...over };
    return keptSchema("3.7").safeParse({ format: 1, memory: { opened: true, groups: { web } }, groups: [] }).success;
  };

  test.each<[string, object, boolean]>([
    ["nothing else", {}, true],
    ["a weight", { weights: { "web-0": 65_535 } }, true],
    ["a weight below 0", { weights: { "web-0": -1 } }, false],
    ["a weight above the largest", { weights: { "web-0": 65_536 } }, false],
    ["a protocol that nobody speaks", { roster: { ...roster, protocol: "quic" } }, false],
    ["an address that is none", { members: { "web-0": "evil" } }, false],
  ])("%s", (_, over, expected) => {
    expect(isRead(over)).toBe(expected);
  });
});
