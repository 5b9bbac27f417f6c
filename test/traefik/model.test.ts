import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { documentSchema } from "../../traefik/model/document.ts";
import { routesJsonSchema } from "../../traefik/model/json-schema.ts";
import { documentShape, folded } from "../../traefik/model/shape.ts";
import { fieldsTable } from "../../traefik/model/table.ts";
import { knows } from "../../traefik/model/version.ts";

test("schema/routes.schema.json is what the model says; `npm run schema` writes it", () => {
  expect(JSON.parse(readFileSync("schema/routes.schema.json", "utf8"))).toEqual(JSON.parse(routesJsonSchema()));
});

test("docs/traefik-fields.md is what the model says; `npm run schema` writes it", () => {
  expect(readFileSync("docs/traefik-fields.md", "utf8")).toBe(fieldsTable());
});

describe("the schema of a document", () => {
  const problemsOf = (document: unknown, version = "3.7") =>
    (documentSchema(version).safeParse(document).error?.issues ?? []).map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );

  test("takes what Traefik's documentation shows", () => {
    expect(
      problemsOf({
        http: {
          routers: { a: { rule: "Host(`a`)", service: "a", middlewares: ["m@file"], tls: {} } },
          services: { a: { loadBalancer: { servers: [{ url: "http://10.0.0.1", weight: 2 }] } } },
          middlewares: { m: { plugin: { one: { anything: [1, { at: "all" }] } } } },
        },
        tcp: { services: { a: { loadBalancer: { servers: [{ address: "10.0.0.1:80" }] } } } },
        udp: { routers: { a: { service: "a" } } },
        tls: { certificates: [{ certFile: "a", keyFile: "b" }] },
      }),
    ).toEqual([]);
  });

  test("names the Traefik version of a newer field", () => {
    const document = { http: { routers: { a: { rule: "Host(`a`)", parentRefs: ["b"] } } } };
    expect(problemsOf(document)).toEqual([]);
    expect(problemsOf(document, "3.5")).toEqual([
      "http.routers.a.parentRefs: needs Traefik 3.6, and traefik.version is 3.5",
    ]);
  });

  test("does not include what is not for documents", () => {
    const servers = [{ url: "http://a", fenced: true }];
    expect(problemsOf({ http: { services: { a: { loadBalancer: { servers } } } } })).toHaveLength(1);
    expect(routesJsonSchema()).not.toContain("fenced");
  });
});

describe("the shape of a document", () => {
  test("has no field that its version does not know, and says since when there is one", () => {
    const field = documentShape("3.1").fields.get("http")?.shape;
    const router = field?.is === "struct" ? field.fields.get("routers")?.shape : undefined;
    const parentRefs = router?.is === "map" ? router.of.fields.get("parentrefs") : undefined;
    expect(parentRefs).toMatchObject({ name: "parentRefs", shape: undefined, since: "3.6" });
  });

  test.each([
    ["entryPoints", "ENTRYPOINTS"],
    ["tls", "TL\u017f"],
    ["stickyKey", "stic\u212ayKey"],
  ])("%s is found as %s, as Go compares names", (name, written) => {
    expect(folded(written)).toBe(folded(name));
  });
});

test.each([
  ["3.7", "3.7.15", true],
  ["3.7.6", "3.7.9", false],
  ["3.6", "3.6.11", false],
  ["3.6.15", "3.6.11", true],
  ["3.10", "3.7.15", true],
  ["3.0.4", "3.0", true],
  ["3.0.4", "3.1", false],
])("Traefik %s, asked for what came with %s: %s", (version, since, known) => {
  expect(knows(version, since)).toBe(known);
});
