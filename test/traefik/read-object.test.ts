import { describe, expect, test } from "vitest";
import { decode } from "../../traefik/decode/decode.ts";
import { encode } from "../../traefik/encode.ts";
import { createObjectReader } from "../../traefik/read-object.ts";

const read = createObjectReader("3.7");

describe("an object of a route file", () => {
  test("is read as Traefik's decoder does, and given in Traefik's own spelling", () => {
    expect(
      read("http.routers", "a", { Rule: "Host(`a`)", entrypoints: "web, other", SERVICE: "s", priority: "7" }),
    ).toEqual({
      value: { rule: "Host(`a`)", entryPoints: ["web", "other"], service: "s", priority: 7 },
    });
  });

  test("with an unknown field is refused, with its place", () => {
    const router = { rule: "Host(`a`)", service: "s", tls: { certresolverr: "x" } };
    expect(read("http.routers", "a", router)).toEqual({
      word: "refused",
      path: ["tls", "certresolverr"],
      message: 'is no field that Traefik knows, did you mean "certResolver"?',
    });
  });

  test("with a field that the version does not know is read without it, and that is reported", () => {
    const service = { loadBalancer: { servers: [{ url: "http://a", preservePath: true }], strategy: "p2c" } };
    expect(createObjectReader("3.1")("http.services", "a", service)).toEqual({
      value: { loadBalancer: expect.objectContaining({ servers: [{ url: "http://a" }] }) },
      note: expect.stringMatching(
        /needs Traefik 3\.\d, and this is for 3\.1; .*needs Traefik 3\.\d, and this is for 3\.1/,
      ),
    });
  });

  test.each<[string, Parameters<typeof read>[0], object]>([
    ["parentRefs", "http.routers", { rule: "Header(`X-Role`, `staff`)", service: "s", parentRefs: ["parent"] }],
    ["middlewares", "http.services", { middlewares: ["auth"], loadBalancer: { servers: [{ url: "http://a" }] } }],
    ["failover.errors", "http.services", { failover: { service: "a", fallback: "b", errors: { status: ["500"] } } }],
    ["highestRandomWeight", "http.services", { highestRandomWeight: { services: [{ name: "a" }] } }],
    ["encodedCharacters", "http.middlewares", { encodedCharacters: { allowEncodedSlash: true } }],
  ])("is left out where its %s is too new: without it, it is another one", (path, kind, written) => {
    expect(read(kind, "a", written)).toHaveProperty("value");
    expect(createObjectReader("3.5")(kind, "a", written)).toEqual({
      word: "refused",
      path: path.split("."),
      message: expect.stringMatching(/^needs Traefik 3\.[67], and this is for 3\.5$/),
    });
  });

  test("keeps what differs from Traefik's defaults, even an empty value", () => {
    expect(read("http.middlewares", "a", { encodedCharacters: { allowEncodedSlash: false } })).toEqual({
      value: { encodedCharacters: { allowEncodedSlash: false } },
    });
    expect(read("http.middlewares", "a", { rateLimit: { average: 1, burst: 0 } })).toEqual({
      value: { rateLimit: { average: 1, burst: 0, period: "1s" } },
    });
    expect(read("udp.services", "a", { loadBalancer: { servers: [] } })).toEqual({
      value: { loadBalancer: { servers: [] } },
    });
    expect(read("tls.options", "a", { minVersion: "VersionTLS13" })).toEqual({
      value: expect.not.objectContaining({ clientAuth: {} }),
    });
  });

  test("names what the same document has without @http, which is Traefik's own name of it, and others as written", () => {
    const named = (end: string) => ({
      rule: "Host(`a`)",
      service: `app${end}`,
      middlewares: [`gzip${end}`, "auth@file", "a@b@http"],
      tls: { options: "default@http" },
    });
    expect(read("http.routers", "a", named("@http"))).toEqual({ value: named("") });
    const weighted = { services: [{ name: "app@http", weight: 1 }] };
    expect(read("http.services", "w", { weighted })).toMatchObject({
      value: { weighted: { services: [{ name: "app" }] } },
    });
  });

  test("that Traefik takes otherwise than it is written says so", () => {
    const found = read("http.services", "a", { loadBalancer: { servers: ["http://a"] } });
    expect(found).toMatchObject({ note: expect.stringContaining("loadBalancer.servers") });
  });

  test("that has its servers as a map has them as Traefik reads it, a list of its values, and says so", () => {
    expect(read("tcp.services", "One", { loadBalancer: { servers: { address: "127.0.0.1:44327" } } })).toMatchObject({
      value: { loadBalancer: { servers: [{}] } },
      note: "loadBalancer.servers: is read as a list of its values",
    });
  });

  test.each<[string, Parameters<typeof read>[0], object, object]>([
    [
      "with a rule that Traefik would not read",
      "http.routers",
      { rule: "Hosst(`a`)", service: "s" },
      { word: "off", path: ["rule"], message: expect.stringContaining('did you mean "Host"') },
    ],
    [
      "without a rule",
      "http.routers",
      { service: "s" },
      { word: "off", path: [], message: "has no rule, so it would match nothing" },
    ],
    [
      "of TCP without TLS that asks for a name",
      "tcp.routers",
      { rule: "HostSNI(`a`)", service: "s" },
      { word: "off", path: ["rule"], message: expect.stringContaining("write HostSNI(`*`)") },
    ],
    [
      "with a strategy that no Traefik has",
      "http.services",
      { loadBalancer: { strategy: "random", servers: [] } },
      {
        word: "off",
        path: ["loadBalancer", "strategy"],
        message: "is not a strategy of Traefik 3.7, which has wrr, p2c, hrw, leasttime",
      },
    ],
    [
      "with a weight below 0",
      "tcp.services",
      { weighted: { services: [{ name: "a", weight: -1 }] } },
      { word: "off", path: ["weighted", "services", 0, "weight"], message: "is below 0" },
    ],
    [
      "with a server that is no URL",
      "http.services",
      { loadBalancer: { servers: [{ url: "http://a" }, { url: "10.0.0.1:80" }] } },
      {
        word: "off",
        path: ["loadBalancer", "servers", 1, "url"],
        message: "has no scheme; write it as http://10.0.0.1:80",
      },
    ],
    [
      "with a setting that Traefik turns it off for",
      "http.middlewares",
      { errors: { status: ["5xx"], service: "a" } },
      { word: "off", path: ["errors", "status", 0], message: "is not a status, such as 404 or 500-599" },
    ],
    [
      "with a priority above all",
      "http.routers",
      { rule: "Host(`a`)", service: "s", priority: "9223372036854774808" },
      {
        word: "off",
        path: ["priority"],
        message: "is above 9223372036854774807, the highest that Traefik allows",
      },
    ],
    [
      "with a number that was rounded before",
      "http.routers",
      { rule: "Host(`a`)", service: "s", priority: 2 ** 53 },
      {
        word: "refused",
        path: ["priority"],
        message: "is a number too large to be read exactly here; put it in quotes",
      },
    ],
    [
      "of TLS options that no router could have",
      "tls.options",
      { cipherSuites: ["TLS_AES_128_GCM_SHA256", "x"] },
      { word: "off", path: ["cipherSuites", 1], message: "is not a cipher suite that Traefik knows" },
    ],
    [
      "of UDP without a service",
      "udp.routers",
      { entryPoints: ["dns"] },
      { word: "off", path: [], message: "has no service" },
    ],
  ])("%s is refused", (_, kind, written, problem) => expect(read(kind, "a", written)).toEqual(problem));

  test("without a service is a parent, for those that know any", () => {
    const router = { rule: "Host(`a`)" };
    expect(read("http.routers", "a", router)).toEqual({ value: router });
    expect(createObjectReader("3.5")("http.routers", "a", router)).toEqual({
      word: "off",
      path: [],
      message: "has no service, and is no parent of others: that needs Traefik 3.6, and this is for 3.5",
    });
  });

  test("of TCP without TLS is read where no name is asked for", () => {
    for (const rule of ["ClientIP(`10.0.0.0/8`)", "HostSNI(`*`) && ClientIP(`::1`)", "!HostSNI(`a`)"])
      expect(read("tcp.routers", "a", { rule, service: "s" })).toEqual({ value: { rule, service: "s" } });
  });

  test("with a number beyond those of JavaScript is read exactly where it is text, and written so that Traefik reads it", () => {
    const value = { rule: "Host(`a`)", service: "s", priority: 9_223_372_036_854_774_807n };
    expect(read("http.routers", "a", { ...value, priority: "9223372036854774807" })).toEqual({ value });
    const body = encode({ http: { routers: { a: value } } });
    expect(JSON.parse(body.toString())).toMatchObject({
      http: { routers: { a: { priority: "9223372036854774807" } } },
    });
    expect(decode(body, "3.7")).toMatchObject({ verdict: "accepted", document: { http: { routers: { a: value } } } });
  });

  test("of a list is one certificate", () => {
    const certificate = { certFile: "/a.crt", keyFile: "/a.key" };
    expect(read("tls.certificates", "routes/a.yaml:000000", certificate)).toEqual({ value: certificate });
  });

  test("that is of no type, or of two, is refused", () => {
    expect(read("http.middlewares", "a", {})).toEqual({
      word: "off",
      path: [],
      message: "has no type, such as stripPrefix",
    });
    const two = { compress: {}, stripPrefix: { prefixes: ["/a"] } };
    expect(read("http.middlewares", "a", two)).toEqual({
      word: "off",
      path: [],
      message: "has 2 types: compress, stripPrefix; write one object each",
    });
    expect(read("http.middlewares", "a", null)).toHaveProperty("message");
  });
});
