import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { check } from "../../traefik/check-document.ts";
import { encode } from "../../traefik/encode.ts";
import { configurations } from "../support/cases/configurations/configurations.ts";
import { documents } from "../support/cases/documents.ts";
import { runs } from "../support/runs.ts";

/** What is said of a document, a line each: the word, the path and the reason. */
function said(document: object | string, version = "3.7"): string[] {
  const body = typeof document === "string" ? document : JSON.stringify(document);
  return check(body, version).findings.map(({ word, problem }) => `${word} ${problem.path}: ${problem.message}`);
}

const s = { loadBalancer: { servers: [{ url: "http://10.0.0.1" }] } };
const stream = { loadBalancer: { servers: [{ address: "10.0.0.1:1" }] } };
const weighted = (...names: string[]) => ({ weighted: { services: names.map((name) => ({ name })) } });
const router = (service: string, more: object = {}) => ({ rule: "Host(`a`)", service, ...more });
const http = (routers: object, services: object = {}, more: object = {}) => ({
  http: { routers, services: { s, ...services }, ...more },
});

describe("a router is off", () => {
  test.each<[string, object, string]>([
    [
      "with a rule that can't be read",
      { a: router("s", { rule: "bogus" }) },
      "rule: column 1: there is no such matcher",
    ],
    ["without a rule", { a: { service: "s" } }, "a: has no rule"],
    ["without a service", { a: { rule: "Host(`a`)" } }, "a: has no service, and no router names it as its parent"],
    ["whose service is missing", { a: router("nobody") }, "service: there is no service nobody"],
    [
      "whose middleware is missing",
      { a: router("s", { middlewares: ["m"] }) },
      "middlewares[0]: there is no middleware m",
    ],
    [
      "whose TLS options are missing",
      { a: router("s", { tls: { options: "o" } }) },
      "tls.options: there is no tls options o",
    ],
    [
      "above the highest priority",
      { a: router("s", { priority: "9223372036854774808" }) },
      "priority: is above 9223372036854774807",
    ],
    ["whose parent is not there", { a: router("s", { parentRefs: ["b"] }) }, "parentRefs[0]: there is no router b"],
    [
      "that is its own parent",
      { a: router("s", { parentRefs: ["a"] }) },
      "a.service: is written, and router a names this one as its parent",
    ],
  ])("%s", (_, routers, reason) => {
    expect(said(http(routers))).toEqual([expect.stringContaining(`off http.routers.a`)]);
    expect(said(http(routers))[0]).toContain(reason);
  });

  test("if it names what is not there by Traefik's own name, and not if it names what is there so", () => {
    expect(said(http({ a: router("s@http") }))).toEqual([]);
    expect(said(http({ a: router("gone@http") }))).toEqual(["off http.routers.a.service: there is no service gone"]);
  });

  test("at the highest priority it is not", () => {
    expect(said(http({ a: router("s", { priority: "9223372036854774807" }) }))).toEqual([]);
  });

  test("of TCP and UDP too", () => {
    const document = {
      tcp: {
        routers: { a: { rule: "HostSNI(`a`)", service: "s" }, b: { rule: "ClientIP(`::1`)", service: "s" } },
        services: { s: stream },
      },
      udp: { routers: { a: { entryPoints: ["x"] }, b: { entryPoints: ["y"], service: "nobody" } } },
    };
    expect(said(document)).toEqual([
      "off tcp.routers.a.rule: without TLS no name is sent: write HostSNI(`*`), or tls",
      "off udp.routers.a: has no service",
      "off udp.routers.b.service: there is no udp service nobody",
    ]);
  });

  test("with bad TLS options, by name or as the default, but not where TLS is passed through", () => {
    const options = {
      default: { cipherSuites: ["x"] },
      o: { clientAuth: { clientAuthType: "RequireAndVerifyClientCert" } },
    };
    const tcp = (tls: object) => ({ rule: "HostSNI(`a`)", service: "s", tls });
    const document = {
      ...http({ a: router("s", { tls: {} }), b: router("s", { rule: "Host(`b`)", tls: { options: "o" } }) }),
      tcp: {
        routers: { a: tcp({ options: "o" }), b: tcp({ options: "o", passthrough: true }) },
        services: { s: stream },
      },
      tls: { options },
    };
    expect(said(document)).toEqual([
      "off http.routers.a.tls: tls options default: cipherSuites[0]: is not a cipher suite that Traefik knows",
      "off http.routers.b.tls.options: tls options o: clientAuth.clientAuthType: needs caFiles",
      "off tcp.routers.a.tls.options: tls options o: clientAuth.clientAuthType: needs caFiles",
    ]);
  });
});

describe("what a router leads to is off", () => {
  const led = (services: object, middlewares?: object) =>
    said(
      http(
        { r: router("x", middlewares ? { service: "s", middlewares: ["x"] } : {}) },
        services,
        middlewares ? { middlewares } : {},
      ),
    ).filter((line) => !line.startsWith("off http.routers"));

  test.each<[string, object, string]>([
    ["without a type", {}, "has no type, such as loadBalancer"],
    ["with two types", { ...s, ...weighted("s") }, "has 2 types: loadBalancer, weighted"],
    [
      "with a server that is not a URL",
      { loadBalancer: { servers: [{ url: "10.0.0.1:80" }] } },
      "loadBalancer.servers[0].url: has no scheme",
    ],
    [
      "with an unknown strategy",
      { loadBalancer: { ...s.loadBalancer, strategy: "best" } },
      "loadBalancer.strategy: is not a strategy of Traefik 3.7, which has wrr, p2c",
    ],
    [
      "whose transport is missing",
      { loadBalancer: { ...s.loadBalancer, serversTransport: "t" } },
      "there is no serversTransport t",
    ],
    ["whose child is not there", weighted("s", "nobody"), "weighted.services[1]: there is no service nobody"],
    ["that names itself", weighted("x"), "refers to itself through service x"],
    [
      "that mirrors more than all",
      { mirroring: { service: "s", mirrors: [{ name: "s", percent: 101 }] } },
      "mirroring.mirrors[0].percent: must be 0 to 100",
    ],
    [
      "that needs a child's state, which the child does not report",
      { weighted: { services: [{ name: "s" }], healthCheck: {} } },
      "weighted.services[0].name: names a service without a healthCheck",
    ],
    ["without a fallback", { failover: { service: "s" } }, "failover: has no fallback"],
  ])("a service %s", (_, x, reason) => {
    expect(led({ x })).toEqual([expect.stringMatching(/^off http\.services\.x/)]);
    expect(led({ x })[0]).toContain(reason);
  });

  test.each<[string, object, string]>([
    ["without a type", {}, "has no type"],
    ["that names itself", { chain: { middlewares: ["x"] } }, "refers to itself through middleware x"],
    [
      "with a bad regular expression",
      { replacePathRegex: { regex: "(" } },
      "replacePathRegex.regex: not a regular expression",
    ],
    [
      "with an invalid range",
      { ipAllowList: { sourceRange: ["10.0.0.0/33"] } },
      "ipAllowList.sourceRange[0]: is not an address",
    ],
    [
      "whose service is missing",
      { errors: { status: ["500"], service: "nobody" } },
      "errors.service: there is no service nobody",
    ],
    ["with users that are none", { basicAuth: { users: ["hunter2"] } }, "basicAuth.users[0]: must be name:hash"],
  ])("a middleware %s", (_, x, reason) => {
    expect(led({}, { x })).toEqual([expect.stringMatching(/^off http\.middlewares\.x/)]);
    expect(led({}, { x })[0]).toContain(reason);
  });

  test("through others, and each of them names it", () => {
    const document = http({ r: router("a") }, { a: weighted("s", "b"), b: weighted("c"), c: {} });
    expect(said(document)).toEqual([
      "off http.routers.r.service: service a is off",
      "off http.services.a.weighted.services[1]: service b is off",
      "off http.services.b.weighted.services[0]: service c is off",
      "off http.services.c: has no type, such as loadBalancer",
    ]);
  });

  test("only if a router leads there", () => {
    expect(said({ http: { services: { x: {} } } })).toEqual([
      "noted http.services.x: has no type, such as loadBalancer; no router leads to it, so Traefik does not look at it",
    ]);
  });

  test("but what is another provider's is not looked at", () => {
    const more = { middlewares: ["m@file"], tls: { options: "o@file" } };
    expect(
      said(http({ a: router("x@file"), b: router("y", { ...more, rule: "Host(`b`)" }) }, { y: weighted("z@file") })),
    ).toEqual([]);
  });
});

describe("what Traefik's process does not outlive is fatal", () => {
  const circle = { a: weighted("b"), b: weighted("a") };
  const tcp = (services: object, more: object = {}) => ({
    tcp: { routers: { r: { rule: "HostSNI(`*`)", service: "a" } }, services, ...more },
  });

  test("a circle among services of TCP and of UDP", () => {
    const reason = "refers to itself through tcp service a, tcp service b, and Traefik's process crashes on that";
    expect(said(tcp(circle))).toEqual([`fatal tcp.services.a: ${reason}`, `fatal tcp.services.b: ${reason}`]);
    expect(said({ udp: { routers: { r: { service: "a", entryPoints: ["x"] } }, services: circle } })).toHaveLength(2);
  });

  test("but not if no router leads there, nor if one of them is invalid anyway", () => {
    expect(said({ tcp: { services: circle } })).toEqual(
      Array(2).fill(expect.stringMatching(/^noted .* no router leads to it/)),
    );
    expect(said(tcp({ ...circle, b: weighted("a", "nobody") })).map((line) => line.split(" ")[0])).toEqual([
      "off",
      "off",
      "off",
    ]);
  });

  test("a circle among services of HTTP before 3.6.8, and a weight of TCP below 0 before 3.7.15", () => {
    const words = (document: object, version: string) => said(document, version).map((line) => line.split(" ")[0]);
    expect(words(http({ r: router("a") }, circle), "3.6")).toEqual(["fatal", "fatal"]);
    expect(words(http({ r: router("a") }, circle), "3.6.15")).toEqual(["off", "off", "off"]);
    const negative = tcp({ a: { weighted: { services: [{ name: "s", weight: -1 }] } }, s: stream });
    expect(words(negative, "3.6.15")).toEqual(["fatal"]);
    expect(words(negative, "3.7.15")).toEqual(["off", "off"]);
  });

  test("a basicAuth without users from 3.6.11 on, until it was mended", () => {
    const document = http(
      { a: router("s", { middlewares: ["m"] }) },
      {},
      { middlewares: { m: { basicAuth: { realm: "r" } } } },
    );
    const words = (version: string) => said(document, version).map((line) => line.split(" ")[0]);
    for (const version of ["3.6.11", "3.6.18", "3.7.0", "3.7.2"])
      expect([version, words(version)]).toEqual([version, ["fatal"]]);
    for (const version of ["3.6.19", "3.7.3", "3.7"])
      expect([version, words(version)]).toEqual([version, ["off", "off"]]);
    for (const version of ["3.0.4", "3.5.3", "3.6.10"]) expect([version, words(version)]).toEqual([version, ["noted"]]);
  });
});

describe("what Traefik chooses at random", () => {
  test("is reported of the second of two routers, even if one sets the length of its rule as its priority", () => {
    expect(said(http({ a: router("s"), b: router("s", { priority: 9 }) }))).toEqual([
      "random http.routers.b: has the rule and the priority of router a (document:1:21), and Traefik's choice would be random; give one of them a priority",
    ]);
    expect(said(http({ a: router("s"), b: router("s", { priority: 8 }) }))).toEqual([]);
    expect(said(http({ a: router("s"), b: router("nobody") }))).toEqual([
      "off http.routers.b.service: there is no service nobody",
    ]);
  });
});

describe("what is noted", () => {
  test("is what route files are noted for, and what depends on other objects", () => {
    const document = {
      ...http({
        api: router("api@internal"),
        never: router("s", { rule: "Host(`a:80`)" }),
        one: router("s", { rule: "Host(`b`)", tls: { options: "o" } }),
        two: router("s", { rule: "Host(`b`) && Path(`/`)", tls: {} }),
        path: router("s", { rule: "Path(`/`)", tls: { options: "o" } }),
      }),
      udp: {
        routers: { a: { service: "s", entryPoints: ["x"] }, b: { service: "s", entryPoints: ["x"] } },
        services: { s: stream },
      },
      tls: { options: { o: { minVersion: "TLS13" } } },
    };
    expect(said(document)).toEqual([
      "noted http.routers.api: service: publishes Traefik's API, which tells all of its configuration",
      "noted http.routers.never: rule: its rule never matches a request: Host with a port; Traefik compares without it",
      "noted http.routers.one: tls.options: are not applied where router two has the same host and others; Traefik uses the options default",
      "noted http.routers.path: tls.options: are not applied, because its rule names no host; Traefik uses the options default",
      "noted udp.routers.a: is ignored: udp router b has its entry point too, and Traefik takes the last one by name",
      "noted tls.options.o: minVersion: Traefik ignores it: it is not one of VersionTLS10 to VersionTLS13",
    ]);
  });

  test("is a weight below 0 of HTTP, and a middleware of TCP with two types: Traefik takes them", () => {
    const both = { inFlightConn: { amount: 1 }, ipAllowList: { sourceRange: ["::1"] } };
    const document = {
      ...http({ a: router("x") }, { x: { weighted: { services: [{ name: "s", weight: -1 }] } } }),
      tcp: {
        routers: { a: { rule: "HostSNI(`*`)", service: "s", middlewares: ["m"] } },
        services: { s: stream },
        middlewares: { m: both },
      },
    };
    expect(said(document)).toEqual([
      "noted http.services.x.weighted.services[0].weight: is below 0",
      "noted tcp.middlewares.m: has 2 types: inFlightConn, ipAllowList; write one object each",
    ]);
  });
});

describe("routers in the care of others", () => {
  const parent = { rule: "Host(`a`)" };
  const child = (of: string, more: object = {}) => ({ rule: "Path(`/a`)", service: "s", parentRefs: [of], ...more });

  test("stand with their parents", () => {
    const routers = {
      a: parent,
      b: child("a", { service: undefined }),
      c: child("b"),
      d: child("a", { rule: "Path(`/d`)" }),
    };
    expect(said(http(routers))).toEqual([]);
  });

  test("may not have what is for routers without parents", () => {
    for (const more of [{ tls: {} }, { entryPoints: ["web"] }, { observability: { metrics: false } }])
      expect(said(http({ a: parent, b: child("a", more), c: child("a") }))).toEqual([
        expect.stringContaining(`off http.routers.b.${Object.keys(more)[0]}: is for routers without parentRefs`),
      ]);
  });

  test("turn off a parent that has none but those that are off", () => {
    expect(said(http({ a: parent, b: child("a", { service: undefined }), c: child("b", { rule: "bogus" }) }))).toEqual([
      "off http.routers.a: has only child routers that are off",
      "off http.routers.b: has only child routers that are off",
      "off http.routers.c.rule: column 1: there is no such matcher; there are Host, HostRegexp, Path, PathPrefix, PathRegexp, Method, Header, HeaderRegexp, Query, QueryRegexp, ClientIP",
    ]);
  });

  test("are not checked if their parent is refused at once", () => {
    const routers = { a: { ...parent, tls: { options: "nobody" } }, b: child("a", { rule: "bogus" }) };
    expect(said(http(routers))).toEqual(["off http.routers.a.tls.options: there is no tls options nobody"]);
  });

  test("in a circle are not reached, or are cut off where they close it", () => {
    const circle = { a: { rule: "Path(`/a`)", parentRefs: ["b"] }, b: { rule: "Path(`/b`)", parentRefs: ["a"] } };
    expect(said(http(circle))).toEqual([
      "off http.routers.a.parentRefs: leads to no router without parentRefs, so nothing reaches this one",
      "off http.routers.b.parentRefs: leads to no router without parentRefs, so nothing reaches this one",
    ]);
    const reached = { ...circle, a: { rule: "Path(`/a`)", parentRefs: ["b", "root"] }, root: parent, c: child("root") };
    expect(said(http(reached))).toEqual([
      "off http.routers.a: has only child routers that are off",
      "off http.routers.b.parentRefs: is a circle of routers that name each other as parents",
    ]);
  });
});

describe("a finding", () => {
  test("has the place of what is meant, in JSON and in YAML, in Traefik's spelling and in others", () => {
    const text = "HTTP:\n  routers:\n    a:\n      Rule: Host(`a`)\n      MIDDLEWARES: m, n\n      service: s\n";
    const [first, second] = check(
      `${text}  services:\n    s:\n      loadBalancer: { servers: [] }\n`,
      "3.7",
      "x.yaml",
    ).findings;
    expect(first?.problem).toMatchObject({
      file: "x.yaml",
      line: 5,
      column: 20,
      path: "http.routers.a.middlewares[0]",
    });
    expect(second).toBeUndefined();
    const json = JSON.stringify(
      http({ a: router("s", { middlewares: ["s", "nobody"] }) }, {}, { middlewares: { s: { compress: {} } } }),
    );
    expect(check(json, "3.7").findings[0]?.problem).toMatchObject({ line: 1, column: json.indexOf('["s"') + 1 });
  });

  test("reports no value, whatever is wrong with it", () => {
    const secret = "hunter2";
    const values = {
      middlewares: {
        a: { basicAuth: { users: [secret] } },
        b: { digestAuth: { users: [secret] } },
        c: { redirectRegex: { regex: `${secret}(` } },
        d: { ipAllowList: { sourceRange: [secret] } },
        e: { errors: { status: [secret], service: "s" } },
      },
    };
    const names = Object.keys(values.middlewares);
    const routers = Object.fromEntries(
      names.map((name) => [name, router("x", { rule: `Host(\`${secret}:${name}\`)`, middlewares: [name] })]),
    );
    const document = {
      ...http(routers, { x: { loadBalancer: { servers: [{ url: `http://${secret} x` }] } } }, values),
      tls: { certificates: [{ certFile: `/${secret}`, keyFile: secret }] },
    };
    const lines = said(document);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.join("\n")).not.toContain(secret);
  });

  test("is found in YAML as in JSON, whatever the document", () => {
    fc.assert(
      fc.property(configurations, (document) => {
        const found = (body: string | Uint8Array) =>
          check(body, "3.7").findings.map(
            ({ word, id, problem }) =>
              `${word} ${id} ${problem.path} ${problem.message.replace(/\([^)]*:\d+:\d+\)/g, "")}`,
          );
        expect(found(`# YAML\n${encode(document)}`).sort()).toEqual(found(encode(document)).sort());
      }),
      { numRuns: runs(3) },
    );
  });

  test("is never a reason to throw, whatever the document", () => {
    fc.assert(
      fc.property(documents(), fc.constantFrom("3.7", "3.5.3", "3.0.4"), (document, version) => {
        const { verdict, findings } = check(document, version);
        if (verdict === "rejected") expect(findings.every(({ word }) => word === "refused")).toBe(true);
        for (const { id, problem } of findings) expect(id === undefined || problem.line !== undefined).toBe(true);
      }),
      { numRuns: runs(30) },
    );
  });
});
