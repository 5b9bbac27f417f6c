import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Problem } from "../../../files/problem.ts";
import { decode } from "../../../traefik/decode/decode.ts";
import { documents } from "../../support/cases/documents.ts";
import { runs } from "../../support/runs.ts";

const said = (problems: readonly Problem[]) =>
  problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);

function refusals(text: string, version = "3.7"): string[] {
  const read = decode(text, version);
  return read.verdict === "rejected" ? said(read.problems) : [];
}

function alterations(text: string, version = "3.7"): string[] {
  const read = decode(text, version);
  return read.verdict === "rejected" ? [] : said(read.altered);
}

const router = (fields: string) => `http:\n  routers:\n    a:\n${fields.replace(/^/gm, "      ")}\n`;
const servers = (list: string) => `http: { services: { a: { loadBalancer: { servers: ${list} } } } }`;

describe("what Traefik refuses is reported with its place", () => {
  test.each([
    [
      router("rule: x\nprioritty: 5"),
      '5:7 http.routers.a.prioritty: is no field that Traefik knows, did you mean "priority"?',
    ],
    [router("rule: x\npriority: 1.5"), "5:17 http.routers.a.priority: must be a whole number of 64 bits"],
    [
      router("rule: x\nobservability: {}"),
      "5:22 http.routers.a.observability: is an empty map, which Traefik refuses; leave the key out",
    ],
    [
      router("rule: x\nentryPoints: [web, null]"),
      "5:26 http.routers.a.entryPoints[1]: null is not an item of a list; leave it out",
    ],
    [router("rule: x\nrule: y"), "5:7 http.routers.a.rule: is written twice"],
    [
      router("rule: 2026-01-02"),
      "4:13 http.routers.a.rule: is a date to YAML, and Traefik takes none; put it in quotes",
    ],
    [router('rule: "a\\/b"'), "4:15 http.routers.a.rule: \\/ is no escape that Traefik reads; write / alone"],
    [
      servers("[{ url: a, weight: x }]"),
      "1:70 http.services.a.loadBalancer.servers[0].weight: must be a whole number of 64 bits",
    ],
    ["[]", "1:1 : is not a map; a document has the sections http, tcp, udp and tls"],
    ['{"http":{"routers":{"a":{"rule":"x","rule":"y"}}}}', "1:37 http.routers.a.rule: is written twice"],
  ])("%j", (text, problem) => {
    expect(refusals(text)).toEqual([problem]);
  });

  test("all of them at once", () => {
    expect(refusals(router("rulee: x\npriority: many\ntls: { optionz: x }"))).toHaveLength(3);
  });
});

describe("what Traefik reads differently from what is written is reported with its place", () => {
  test.each([
    [servers('["http://a"]'), /^1:\d+ http\.services\.a\.loadBalancer\.servers: is left out/],
    [servers("[{ url: a, fenced: true }]"), /servers\[0\]\.fenced: does nothing/],
    [router('rule: x\ntls: "yes"'), /^5:12 http\.routers\.a\.tls: is read as if it were not there/],
    [router('entryPoints: ["a\u2551b"]'), /entryPoints: holds U\+2551/],
    [router('entryPoints: [" a "]'), /entryPoints: holds spaces/],
    [router("rule: [x, y]"), /rule: is a list/],
    [router("rule: x\nRULE: y"), /rule: is written twice, in other letters/],
    [`${router("rule: x")}bogus: 1\n`, /^5:1 bogus: is no section/],
    [router('rule: "a\u0085b"'), /U\+0085 is read as/],
    ["http: { routers: { 1: { rule: x } } }", /is read as the name "<int Value>"/],
    ["http: { routers: { a: x } }", /is read as an object without any field/],
  ])("%j", (text, message) => {
    expect(alterations(text)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    router("rule: x\npriority: 2.0\ntls: true\nentryPoints: a, b"),
    router("rule: x\nENTRYPOINTS: [web]\ntls: false"),
    servers("[]"),
    'http: { serversTransports: { a: { rootCAs: ["-----BEGIN CERTIFICATE-----\\nYQ==\\n-----END CERTIFICATE-----\\n"] } } }',
  ])("and nothing is said of %j", (text) => {
    expect(alterations(text)).toEqual([]);
    expect(decode(text, "3.7").verdict).toBe("accepted");
  });
});

describe("what would remove everything of the provider", () => {
  test.each(["", "{}", "null", "# nothing", '{"error":"x"}', '{"http":null}', "---\n---\nhttp: {}"])("%j", (text) => {
    expect(decode(text, "3.7").verdict).toBe("wipes");
  });
});

test("a field is refused by a Traefik that is older than it", () => {
  const text = servers("[{ url: a, preservePath: true }]");
  expect(decode(text, "3.2").verdict).toBe("accepted");
  expect(refusals(text, "3.1")).toEqual([
    "1:62 http.services.a.loadBalancer.servers[0].preservePath: needs Traefik 3.2, and this is for 3.1",
  ]);
});

test("JSON is read alike by the quick way and as YAML", () => {
  const property = fc.property(documents(), (text) => {
    const both = [decode(text, "3.7"), decode(`# not JSON\n${text}`, "3.7")];
    const [quick, yaml] = both.map((one) => (one.verdict === "accepted" ? one.document : one.verdict));
    expect(yaml).toEqual(quick);
  });
  fc.assert(property, { numRuns: runs(30) });
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decode(bytes, "3.7")),
    { numRuns: runs(10) },
  );
  const marks = fc.constantFrom(..."{}[]:,&*!|>'\"%@`#-?\n\t ~<", "\u0085", "a", "http", "1");
  fc.assert(
    fc.property(fc.string({ unit: marks, maxLength: 40 }), (text) => void decode(text, "3.7")),
    { numRuns: runs(200) },
  );
});
