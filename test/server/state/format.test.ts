import { describe, expect, test } from "vitest";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { type Kept, keptReader, keptText, nothingKept } from "../../../server/state/format.ts";
import type { KeptRoutes } from "../../../server/state/kept-routes.ts";
import { tags, weightKey } from "../../../shared/tags.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

const throughJson = (kept: Kept) => JSON.parse(keptText(kept));
const readAll = (json: unknown, traefik = "3.7") => keptReader(traefik)(JSON.stringify(json));
const read = (json: unknown) => {
  const { kept, problem } = readAll(json);
  expect(problem).toBeUndefined();
  return kept ?? expect.fail("it is not read");
};

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
    const marks = new Map([
      [
        "local/default/web-1",
        { source: "local", project: "default", instance: "web-1", uuid: "u", by: "ann", since: 1, until: 9, grace: 5 },
      ],
    ]);
    const version = { at: 7, by: "a" };
    const shared = {
      marks: new Map([
        ["local/default/web-1", { version, ended: false, until: 20 }],
        ["local/default/web-2", { version, ended: true, until: 30 }],
      ]),
      accepts: new Map([["local", { version, ended: false, until: 40 }]]),
      effects: new Map([["web", version]]),
    };
    const kept = { memory, groups: [dns, web], routes, marks, shared };
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
    const kept = { ...nothingKept, memory: pending.memory, groups: [dns, tcp] };
    expect(read(throughJson(kept))).toEqual(kept);
  });
});

describe("what is kept of route files", () => {
  const one = (id: string, value: object) => ({ id, origin: "/routes/a.yaml:1:1", value });
  const readRoutes = (...all: unknown[]) => {
    const json = { format: 1, memory: { opened: true, groups: {} }, groups: [], routes: { "/routes/a.yaml": all } };
    return readAll(json, "3.5").kept?.routes ?? expect.fail("it is not read");
  };

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
      { id: 7 },
      "a word",
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

describe("a part that differs from what was written is left out and named, and the others are read", () => {
  const roster = { group: "web", source: "local", project: "default", replicas: 1, protocol: "tcp", port: 1 };
  const members = { "web-0": "10.0.0.1" };
  const other = { roster: { ...roster, group: "api" }, members: { "api-0": "10.0.0.2" } };
  const readWith = (over: object, more: object = {}) => {
    const groups = { api: other, web: { roster, members, ...over } };
    return readAll({ format: 1, memory: { opened: true, groups }, groups: [], ...more });
  };
  const memoryOf = (over: object, more?: object) => {
    const { kept, problem } = readWith(over, more);
    expect(kept?.memory.groups.get("api")).toEqual({
      roster: other.roster,
      members: new Map([["api-0", "10.0.0.2"]]),
      weights: new Map(),
    });
    return { web: kept?.memory.groups.get("web"), problem, kept };
  };
  const said = (path: string) => `${path} can't be read and is left out`;

  test.each<[string, object, string | undefined]>([
    ["nothing else", {}, undefined],
    ["a weight", { weights: { "web-0": 65_535 } }, undefined],
    ["an unknown key", { later: [1] }, undefined],
    ["an unknown key of the roster", { roster: { ...roster, later: [1] } }, undefined],
    ["a weight below 0", { weights: { "web-0": -1 } }, said("memory.groups.web.weights.web-0")],
    ["a weight above the largest", { weights: { "web-0": 65_536 } }, said("memory.groups.web.weights.web-0")],
    ["a protocol that nobody speaks", { roster: { ...roster, protocol: "quic" } }, said("memory.groups.web")],
    ["members that are none", { members: 7 }, said("memory.groups.web")],
    ["an address that is none", { members: { "web-0": "evil" } }, said("memory.groups.web.members.web-0")],
    ["an address with a zone", { members: { "web-0": "fe80::1%eth0" } }, said("memory.groups.web.members.web-0")],
    ["a declaration that is none", { declared: { name: 7 } }, said("memory.groups.web.declared[0]")],
  ])("%s", (_, over, problem) => {
    const found = memoryOf(over);
    expect(found.problem).toBe(problem);
    const isGone = problem === said("memory.groups.web");
    expect(found.web?.roster).toEqual(isGone ? undefined : roster);
    if (!isGone) expect(found.web?.members.size).toBe(problem?.includes("members") ? 0 : 1);
  });

  test("an instance that declared itself, a project, a route file", () => {
    const fine = { address: "10.0.0.3", keys: { "user.traefik.enable": "true" } };
    const labelled = { "local/default": { a: fine, b: { address: "evil", keys: {} } }, "local/shop": 7 };
    const json = { format: 1, memory: { opened: true, groups: {}, labelled }, groups: [], routes: { "/a.yaml": 7 } };
    const { kept, problem } = readAll(json);
    expect(kept?.memory.labelled).toEqual(new Map([["local/default", new Map([["a", fine]])]]));
    expect(problem).toBe(
      'memory.labelled["local/default"].b, memory.labelled["local/shop"], routes["/a.yaml"] can\'t be read and is left out',
    );
  });

  test("a declared group with keys that an older Traefik or an older rollcall doesn't know is read without them", () => {
    const strategy = { strategy: "p2c", sticky: { cookie: {} } };
    const web = group("web", 1, { service: { protocol: "http", scheme: "http", port: 80, loadBalancer: strategy } });
    const text = keptText({ ...nothingKept, groups: [web] });
    const json = JSON.parse(text);
    json.groups[0].later = { a: 1 };
    json.groups[0].service.later = 1;
    expect(readAll(json).kept?.groups).toEqual([web]);
    const { loadBalancer: _, ...service } = web.service as { loadBalancer: object };
    expect(readAll(json, "3.0")).toEqual({
      kept: {
        ...nothingKept,
        groups: [{ ...web, service: { ...service, loadBalancer: { sticky: { cookie: {} } } } }],
      },
    });
  });

  test("marks, each by itself; a file without any has none", () => {
    const mark = {
      source: "local",
      project: "default",
      instance: "a",
      uuid: "",
      by: "ann",
      since: 1,
      until: 2,
      grace: 3,
    };
    const json = { format: 1, memory: { opened: true, groups: {} }, groups: [] };
    expect(readAll(json).kept?.marks).toEqual(new Map());
    expect(readAll({ ...json, marks: [{ ...mark, until: "soon" }, mark] })).toMatchObject({
      kept: { marks: new Map([["local/default/a", mark]]) },
      problem: "marks[0] can't be read and is left out",
    });
  });

  test.each(["", "{", "[]", "null", '{"format":2}', '{"format":1,"memory":{"opened":1}}'])(
    "%j is not read at all",
    (text) => {
      expect(keptReader("3.7")(text)).toEqual({ problem: "is damaged, or not of format 1, and is left out" });
    },
  );
});
