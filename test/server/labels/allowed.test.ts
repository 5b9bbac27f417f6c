import { describe, expect, test } from "vitest";
import { noPrevious } from "../../../server/document/compose.ts";
import type { Observed } from "../../../server/roll-call/observed.ts";
import { objectId } from "../../../traefik/objects/objects.ts";
import { type LabelledWalk, walkLabels } from "../../support/server/labels.ts";
import { group, instance, listing, see } from "../../support/server/literals.ts";

const base = { "user.traefik.enable": "true", "user.traefik.http.services.web.loadbalancer.server.port": "80" };
const web = (keys: Readonly<Record<string, string>>) => ({
  ...base,
  "user.traefik.http.routers.web.rule": "Host(`web.example.com`)",
  ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`user.traefik.${key}`, value])),
});
const one = (keys: Readonly<Record<string, string>>, walk?: LabelledWalk) =>
  walkLabels(see(instance("web-0", { keys: web(keys) })), walk);

/** What the labels of an instance say, what of it is served where it is allowed, and why not where it isn't. */
const cases: [what: string, keys: Record<string, string>, allow: object, reason: RegExp][] = [
  [
    "another host",
    { "http.routers.web.rule": "Host(`bank.test`)" },
    { hosts: ["bank.test"] },
    /^user.traefik.http.routers.web.rule: rule: host bank.test is not allowed here, only \*.example.com$/,
  ],
  [
    "a host two labels down",
    { "http.routers.web.rule": "Host(`a.b.example.com`)" },
    { hosts: ["*.b.example.com"] },
    /host a.b.example.com is not allowed/,
  ],
  [
    "the host without its label",
    { "http.routers.web.rule": "Host(`example.com`)" },
    { hosts: ["example.com"] },
    /host example.com is not allowed/,
  ],
  [
    "every host, by a path alone",
    { "http.routers.web.rule": "PathPrefix(`/`)" },
    { hosts: ["*"] },
    /matches hosts other than those that are allowed/,
  ],
  [
    "every host, with an allowed one",
    { "http.routers.web.rule": "Host(`web.example.com`) || PathPrefix(`/x`)" },
    { hosts: ["*"] },
    /matches hosts other than/,
  ],
  [
    "every host but one",
    { "http.routers.web.rule": "!Host(`web.example.com`)" },
    { hosts: ["*"] },
    /matches hosts other than/,
  ],
  [
    "hosts by an expression",
    { "http.routers.web.rule": "HostRegexp(`^.+\\.example\\.com$`)" },
    { hosts: ["*"] },
    /matches hosts other than/,
  ],
  ["v2's syntax", { "http.routers.web.rulesyntax": "v2" }, {}, /ruleSyntax: labels use v3 rules only/],
  [
    "another entry point",
    { "http.routers.web.entrypoints": "internal" },
    { entryPoints: ["internal"] },
    /entryPoints: internal is not allowed here, only web$/,
  ],
  [
    "a router for all of TCP",
    {
      "tcp.routers.db.rule": "HostSNI(`*`)",
      "tcp.routers.db.entrypoints": "web",
      "tcp.services.db.loadbalancer.server.port": "5432",
    },
    { ownEntryPoints: ["web"] },
    /entryPoints: web is not the project's own/,
  ],
  [
    "UDP without an entry point",
    { "udp.routers.dns.service": "dns", "udp.services.dns.loadbalancer.server.port": "53" },
    {},
    /entryPoints: names none, which means all of them/,
  ],
  [
    "TLS for another host",
    {
      "tcp.routers.db.rule": "HostSNI(`bank.test`)",
      "tcp.routers.db.tls": "true",
      "tcp.services.db.loadbalancer.server.port": "5432",
    },
    { hosts: ["bank.test", "*.example.com"] },
    /host bank.test is not allowed/,
  ],
  [
    "a certificate resolver",
    { "http.routers.web.tls.certresolver": "le" },
    { certResolvers: ["le"] },
    /tls.certResolver: le is not allowed here/,
  ],
  [
    "certificates for another host",
    { "http.routers.web.tls.domains[0].main": "web.example.com", "http.routers.web.tls.domains[0].sans": "bank.test" },
    { hosts: ["bank.test", "*.example.com"] },
    /tls.domains\[0\].sans\[0\]: host bank.test is not allowed/,
  ],
  [
    "another provider's middleware",
    { "http.routers.web.middlewares": "auth@file" },
    { middlewares: ["auth@file"] },
    /middlewares\[0\]: auth@file is neither declared by labels here nor allowed/,
  ],
  [
    "Traefik's own service",
    { "http.routers.web.service": "api@internal" },
    {},
    /service: api@internal is neither declared/,
  ],
  [
    "Traefik's own service, by declaring one of that name",
    { "http.routers.web.service": "api@internal", "http.services.api@internal.loadbalancer.server.port": "80" },
    {},
    /a name has no @, no comma and no space\n.*service: api@internal is neither declared by labels here/s,
  ],
  [
    "a group's service",
    { "http.routers.web.service": "private" },
    {},
    /service: private is neither declared by labels here/,
  ],
  [
    "TLS options of others",
    { "http.routers.web.tls.options": "weak@file" },
    { tlsOptions: ["weak@file"] },
    /tls.options: weak@file is neither declared/,
  ],
  [
    "another's transport",
    { "http.services.web.loadbalancer.serverstransport": "mtls@file" },
    { serversTransports: ["mtls@file"] },
    /serversTransport: mtls@file is neither declared/,
  ],
  [
    "the certificate of everybody",
    { "tls.stores.default.defaultgeneratedcert.resolver": "le" },
    {},
    /tls.stores applies to everything/,
  ],
  [
    "the TLS options of everybody",
    { "tls.options.default.minversion": "VersionTLS10" },
    {},
    /tls.options applies to everything/,
  ],
  [
    "a file on Traefik's host",
    { "http.middlewares.m.basicauth.usersfile": "/etc/passwd" },
    {},
    /basicAuth.usersFile: labels can't name a file/,
  ],
  ["a plugin", { "http.middlewares.m.plugin.any.key": "x" }, {}, /plugin: is not for labels/],
  [
    "a forward to another host",
    { "http.middlewares.m.forwardauth.address": "http://169.254.169.254/latest" },
    { targets: ["169.254.169.254"] },
    /forwardAuth.address: 169.254.169.254 is neither the instance/,
  ],
];

describe("labels may not say", () => {
  test.each(cases)("%s", (_, keys, allow, reason) => {
    const { composed } = one(keys);
    const { problems = [] } = composed.labelled[0] ?? {};
    expect(problems.join("\n")).toMatch(reason);
    expect(JSON.stringify([...composed.objects])).not.toMatch(
      /bank\.test|internal|private|@file|169\.254|"le"|tls\.(stores|options)/,
    );
    const hosts = ["*.example.com"];
    const allowed = one(keys, { settings: { allow: { default: { hosts, entryPoints: ["web"], ...allow } } } });
    if (Object.keys(allow).length > 0) expect(allowed.composed.labelled[0]?.problems.join("\n")).not.toMatch(reason);
  });

  test("a server that is not the instance, and the others of the service stay", () => {
    const keys = { ...base, "user.traefik.http.routers.web.rule": "Host(`web.example.com`)" };
    const { "user.traefik.http.services.web.loadbalancer.server.port": _, ...foreign } = {
      ...keys,
      "user.traefik.http.services.web.loadbalancer.server.url": "http://127.0.0.1:8080",
    };
    const observed = see(instance("web-0", { keys }), instance("web-1", { keys: foreign }));
    const { objects, composed } = walkLabels(observed);
    expect(objects["http.services/web"]).toMatchObject({ loadBalancer: { servers: [{ url: "http://10.0.0.0:80" }] } });
    expect(composed.labelled[1]).toMatchObject({
      state: "left-out",
      problems: [expect.stringContaining("127.0.0.1:8080 is neither the instance nor allowed")],
    });
    const allow = { default: { hosts: ["*.example.com"], targets: ["127.0.0.1:8080"] } };
    expect(JSON.stringify(walkLabels(observed, { settings: { allow } }).objects)).toContain("http://127.0.0.1:8080");
  });
});

test("Traefik's own name gate@http is gate, of the project's own and of what is allowed, and of nothing else", () => {
  const gate = { "http.middlewares.gate.compress": "true", "http.routers.web.middlewares": "gate@http,login@http" };
  const allow = (more: object) => ({
    settings: { allow: { shop: { hosts: ["*.example.com"], entryPoints: ["web"], ...more } } },
  });
  const login = { id: objectId("http.middlewares", "login"), value: { compress: {} }, origin: "routes/a.yaml:3:5" };
  const routes = { files: new Map([["routes/a.yaml", [login]]]), problems: [] };
  const observed = new Map([["local", new Map([["shop", listing(instance("web-0", { keys: web(gate) }))]])]]);
  const { objects } = walkLabels(observed, { routes, ...allow({ middlewares: ["login@http"] }) });
  expect(objects["http.routers/shop.web"]).toMatchObject({ middlewares: ["shop.gate", "login"] });
  const { composed } = walkLabels(observed, { routes, ...allow({}) });
  expect(composed.labelled[0]?.problems.join()).toContain("middlewares[1]: login is neither declared by labels here");
});

describe("a label's author takes nothing over", () => {
  const theirs = { rule: "Host(`shop.example.com`)", priority: 1000 };
  const thief = {
    ...base,
    "user.traefik.http.routers.web.rule": "Host(`shop.example.com`) && PathPrefix(`/`)",
    "user.traefik.http.routers.web.priority": "9000",
  };

  test("of a group's, unless its allow-list names the host outright", () => {
    const groups = [group("shop", 1, { router: theirs })];
    const observed = see(instance("shop-0"), instance("evil-0", { address: "10.0.0.7", keys: thief }));
    const { objects, composed } = walkLabels(observed, { groups });
    expect(Object.keys(objects)).toEqual(["http.routers/shop", "http.services/shop", "http.services/web"]);
    expect(composed.labelled[0]?.problems).toEqual([
      "http.routers/web: rule: host shop.example.com is answered by group shop; to share it, name it in allow.hosts",
    ]);
    const allow = { default: { hosts: ["shop.example.com"] } };
    expect(walkLabels(observed, { groups, settings: { allow } }).objects["http.routers/web"]).toBeDefined();
  });

  test("of a route file's that comes later: what was served of the labels goes", () => {
    const before = walkLabels(see(instance("evil-0", { keys: thief })));
    expect(before.objects["http.routers/web"]).toBeDefined();
    const value = { ...theirs, service: "shop" };
    const candidates = [
      { id: objectId("http.routers", "shop"), value, origin: "routes/shop.yaml:3:5" },
      {
        id: objectId("http.services", "shop"),
        value: { loadBalancer: { servers: [] } },
        origin: "routes/shop.yaml:7:5",
      },
    ];
    const { objects } = walkLabels(see(instance("evil-0", { keys: thief })), {
      routes: { files: new Map([["routes/shop.yaml", candidates]]), problems: [] },
      previous: before.composed,
    });
    expect(Object.keys(objects)).toEqual(["http.routers/shop", "http.services/shop", "http.services/web"]);
  });

  test("by the name of an object of a group or a route file", () => {
    const groups = [group("web", 1, { router: { rule: "Host(`other.test`)" } })];
    const { objects, composed } = walkLabels(see(instance("web-0"), instance("evil-9", { keys: web({}) })), { groups });
    expect(objects["http.services/web"]).toEqual({ loadBalancer: { servers: [{ url: "http://10.0.0.0:3000" }] } });
    expect(objects["http.routers/web"]).toMatchObject({ rule: "Host(`other.test`)" });
    expect(composed.remarks.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(["group web has that name too", "group web has that name too"]),
    );
  });

  test("and exposes no other service by declaring one of its name, before or after it exists", () => {
    const groups = [group("private", 1)];
    const keys = web({
      "http.routers.mine.rule": "Host(`mine.example.com`)",
      "http.routers.mine.service": "private",
      "http.services.private.loadbalancer.server.port": "80",
      "http.routers.web.service": "web",
    });
    const before = walkLabels(see(instance("evil-9", { keys })));
    expect(before.objects["http.routers/mine"]).toBeDefined();
    const observed = see(instance("private-0"), instance("evil-9", { keys }));
    for (const previous of [noPrevious, before.composed]) {
      const { objects, composed } = walkLabels(observed, { groups, previous });
      expect(objects["http.services/private"]).toEqual({
        loadBalancer: { servers: [{ url: "http://10.0.0.0:3000" }] },
      });
      expect(objects["http.routers/mine"]).toBeUndefined();
      expect(objects["http.routers/web"]).toBeDefined();
      expect(composed.labelled[0]?.problems.join("\n")).toContain("service: private is the name of group private too");
    }
  });

  test("nor by having declared it, while it is not there", () => {
    const declares = { ...base, "user.traefik.http.services.private.loadbalancer.server.port": "80" };
    const names = web({ "http.routers.web.service": "private" });
    const observed = see(
      instance("private-0"),
      instance("evil-1", { keys: declares, state: "stopped" }),
      instance("evil-2", { keys: names }),
    );
    const { objects } = walkLabels(observed, { groups: [group("private", 1)] });
    expect(objects["http.services/private"]).toBeDefined();
    expect(objects["http.routers/web"]).toBeUndefined();
  });

  test("nor by what was served of its labels before", () => {
    const router = { "http.routers.mine.rule": "Host(`mine.example.com`)", "http.routers.mine.service": "private" };
    const service = { "http.services.private.loadbalancer.server.port": "80", "http.routers.web.service": "web" };
    const before = walkLabels(see(instance("evil-9", { keys: web({ ...router, ...service }) })));
    const bad = web({ ...router, "http.routers.mine.priority": "x", "http.routers.web.service": "web" });
    const observed = see(instance("private-0"), instance("evil-9", { keys: bad }));
    const { objects } = walkLabels(observed, { groups: [group("private", 1)], previous: before.composed });
    expect(objects["http.services/private"]).toBeDefined();
    expect(objects["http.routers/mine"]).toBeUndefined();
    const hosted = [group("other", 1, { router: { rule: "Host(`mine.example.com`) && PathPrefix(`/x`)" } })];
    const own = web({ ...router, ...service });
    const there = walkLabels(see(instance("evil-9", { keys: own })));
    const typo = { ...own, "user.traefik.http.routers.mine.priority": "x" };
    const later = see(instance("other-0"), instance("evil-9", { keys: typo }));
    expect(walkLabels(see(instance("evil-9", { keys: typo })), { previous: there.composed }).objects).toHaveProperty([
      "http.routers/mine",
    ]);
    const { objects: served } = walkLabels(later, { groups: hosted, previous: there.composed });
    expect(served).not.toHaveProperty(["http.routers/mine"]);
  });

  test("of another project's: names never collide, and a host belongs to the project that comes first", () => {
    const allow = {
      default: { hosts: ["*.example.com"] },
      shop: { hosts: ["*.example.com", "shop.example.com"] },
    };
    const keys = web({});
    const mine = { ...keys, "user.traefik.http.routers.web.rule": "Host(`shop.example.com`)" };
    const observed: Observed = new Map([
      [
        "local",
        new Map([
          ["default", listing(instance("web-0", { keys }))],
          ["shop", listing(instance("web-1", { keys }), instance("web-2", { keys: mine }))],
        ]),
      ],
    ]);
    const { objects } = walkLabels(observed, { settings: { allow } });
    expect(objects["http.services/web"]).toMatchObject({ loadBalancer: { servers: [{ url: "http://10.0.0.0:80" }] } });
    expect(objects["http.services/shop.web"]).toMatchObject({
      loadBalancer: { servers: [{ url: "http://10.0.0.1:80" }, { url: "http://10.0.0.2:80" }] },
    });
    // web-1 and web-2 declare router web differently, so project shop has none; project default keeps its own.
    expect(objects["http.routers/web"]).toMatchObject({ service: "web" });
    expect(objects["http.routers/shop.web"]).toBeUndefined();
  });

  test("of its own project's is no conflict: two routers of one project may be on one host", () => {
    const keys = web({
      "http.routers.web.rule": "Host(`web.example.com`)",
      "http.routers.admin.rule": "Host(`web.example.com`) && PathPrefix(`/admin`)",
      "http.routers.web.service": "web",
      "http.routers.admin.service": "web",
    });
    const { objects, composed } = walkLabels(see(instance("web-0", { keys })));
    expect(Object.keys(objects)).toEqual(["http.routers/admin", "http.routers/web", "http.services/web"]);
    expect(composed.labelled[0]?.problems).toEqual([]);
  });

  test("an object that instances of other projects may name is called by its project", () => {
    const observed: Observed = new Map([["local", new Map([["shop", listing(instance("web-0", { keys: web({}) }))]])]]);
    const { objects } = walkLabels(observed, { settings: { allow: { shop: { hosts: ["web.example.com"] } } } });
    expect(objects["http.routers/shop.web"]).toMatchObject({ service: "shop.web" });
  });
});
