import { describe, expect, test } from "vitest";
import { createHistory } from "../../../server/traefik-api/history.ts";
import { fingerprintOf, readRawdata } from "../../../server/traefik-api/rawdata.ts";
import { type Document, rawdataOf } from "../../support/traefik/fake-traefik.ts";

const balancer = (...servers: object[]) => ({ loadBalancer: { servers } });
const document: Document = {
  http: {
    routers: { web: { rule: "Host(`a`)", service: "web", middlewares: ["strip"] } },
    services: {
      web: balancer({ url: "http://10.0.0.1:80" }, { url: "http://10.0.0.2:80", weight: 3 }),
      split: { weighted: { services: [{ name: "web", weight: 9 }] } },
    },
    middlewares: { strip: { stripPrefix: { prefixes: ["/a"] } } },
  },
  tcp: { services: { db: balancer({ address: "10.0.0.3:5432" }) } },
  udp: { services: { dns: balancer({ address: "10.0.0.4:53" }) } },
};

/** The document with one part changed. */
function changed(path: string, value: unknown): Document {
  const copy = structuredClone(document);
  const keys = path.split("/");
  const last = keys.pop() ?? "";
  const parent = keys.reduce((at, key) => (at as Record<string, unknown>)[key], copy as unknown);
  (parent as Record<string, unknown>)[last] = value;
  return copy;
}

describe("a Traefik that runs a document", () => {
  test("is told by what it answers, in whatever order, with the names of others beside", () => {
    expect(readRawdata(rawdataOf(document)).fingerprint).toEqual(fingerprintOf(document));
    const turned = changed("http/services/web", balancer(...servers().reverse()));
    expect(readRawdata(rawdataOf(turned)).fingerprint).toEqual(fingerprintOf(document));
    const qualified = changed("http/routers/web/service", "web@http");
    expect(readRawdata(rawdataOf(qualified)).fingerprint).toEqual(fingerprintOf(document));
  });
  const servers = () => [{ url: "http://10.0.0.1:80" }, { url: "http://10.0.0.2:80", weight: 3 }];

  test.each([
    ["a server less", "http/services/web", balancer({ url: "http://10.0.0.1:80" }), true],
    ["another weight", "http/services/web", balancer(servers()[0] ?? {}, { url: "http://10.0.0.2:80" }), true],
    ["another TCP server", "tcp/services/db", balancer({ address: "10.0.0.9:5432" }), true],
    ["another UDP server", "udp/services/dns", balancer(), true],
    ["another rule", "http/routers/web/rule", "Host(`b`)", false],
    ["no middleware", "http/routers/web/middlewares", [], false],
    ["another share", "http/services/split", { weighted: { services: [{ name: "web", weight: 1 }] } }, false],
  ])("with %s runs another one", (_, path, value, areServersOther) => {
    const [one, other] = [fingerprintOf(document), fingerprintOf(changed(path, value))];
    expect([one.whole !== other.whole, one.servers !== other.servers]).toEqual([true, areServersOther]);
    expect(readRawdata(rawdataOf(changed(path, value))).fingerprint).toEqual(other);
  });

  test.each([[[]], ["text"], [{ routers: [] }], [{ services: { "web@http": { loadBalancer: 1 } } }]])(
    "does not answer %j",
    (answer) => {
      expect(() => readRawdata(answer)).toThrow();
    },
  );
});

describe("what Traefik says of our objects", () => {
  const said = (status: string, ...error: string[]) =>
    readRawdata(rawdataOf(document, (kind) => (kind === "http.routers" ? { status, error } : {}))).off;

  test("is what it turned off, in its own words, made harmless and short", () => {
    expect(said("enabled")).toEqual([]);
    const [row] = said("disabled", "no \u001b[31mservice", "x".repeat(1000));
    expect(row).toMatchObject({ kind: "http.routers", name: "web", state: "disabled" });
    expect(row?.reason).toMatch(/^no \ufffd\[31mservice; x{200,}\.\.\.$/);
    expect(said("warning", "entryPoint nope")).toMatchObject([{ state: "warning", reason: "entryPoint nope" }]);
  });

  test("shows no user that Traefik quotes", () => {
    expect(said("disabled", "error parsing BasicUser: ann:secret")[0]?.reason).toBe("error parsing BasicUser: ...");
  });

  test("names the servers that its health check found to be down", () => {
    const serverStatus = { "http://10.0.0.1:80": "UP", "http://10.0.0.2:80": "DOWN" };
    const raw = rawdataOf(document, (_, name) => (name === "web" ? { serverStatus } : {}));
    expect(readRawdata(raw).down).toContainEqual({ service: "web", server: "http://10.0.0.2:80" });
    expect(readRawdata(raw).down.map(({ server }) => server)).not.toContain("http://10.0.0.1:80");
  });
});

describe("the history of what was published", () => {
  function published(...documents: readonly Document[]) {
    const history = createHistory();
    let ordinal = 0;
    let listener = () => {};
    history.follow({
      current: () => ({
        status: ordinal === 0 ? 423 : 200,
        body: Buffer.from(JSON.stringify(documents[ordinal - 1] ?? {})),
      }),
      ordinal: () => ordinal,
      onVersion: (one) => {
        listener = one;
      },
    });
    for (ordinal = 1; ordinal <= documents.length; ordinal++) listener();
    return (seen: Document) => history.ordinalOf(fingerprintOf(seen));
  }
  const fewer = changed("http/services/web", balancer({ url: "http://10.0.0.1:80" }));
  const otherRule = changed("http/routers/web/rule", "Host(`b`)");
  const [unknownRule, unknownServer] = [
    changed("http/routers/web/rule", "Host(`c`)"),
    changed("tcp/services/db", balancer()),
  ];

  test("knows the newest document that a Traefik may run", () => {
    const ordinalOf = published(document, fewer, document);
    expect([ordinalOf(document), ordinalOf(fewer), ordinalOf(unknownServer)]).toEqual([3, 2, undefined]);
  });

  test("tells documents with the same servers apart, unless Traefik shows its rules differently", () => {
    const ordinalOf = published(document, otherRule);
    expect([ordinalOf(document), ordinalOf(otherRule), ordinalOf(unknownRule)]).toEqual([1, 2, 2]);
  });

  test("remembers the last thousand", () => {
    const many = Array.from({ length: 1001 }, (_, n) =>
      changed("tcp/services/db", balancer({ address: `db:${n + 1}` })),
    );
    const ordinalOf = published(...many);
    expect([many[0], many[1], many[1000]].map((one) => one && ordinalOf(one))).toEqual([undefined, 2, 1001]);
  });
});
