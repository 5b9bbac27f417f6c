import { describe, expect, test } from "vitest";
import { z } from "zod";
import { documentSchema } from "../../traefik/model/document.ts";
import { bare } from "../../traefik/model/shape.ts";
import { newestTraefik } from "../../traefik/model/version.ts";
import { goldenDocument } from "../support/cases/golden.ts";

/**
 * The golden document has everything that the model knows: test/real/everything.test.ts serves it to the real Traefik. What it has not
 * is here, with the reason; a reason holds for all that is below it.
 */
const leftOut: Readonly<Record<string, string>> = {
  "http.middlewares.*.plugin": "needs a plugin, which Traefik fetches when it starts",
  "http.middlewares.*.rateLimit.redis": "needs a Redis",
  "http.models": "does nothing in a document: Traefik makes its own of its entry points (seen on 3.7.15)",
  "http.routers.*.tls.certResolver": "needs an ACME server",
  "http.serversTransports.*.spiffe": "needs a SPIFFE workload API",
  "tcp.routers.*.tls.certResolver": "needs an ACME server",
  "tcp.serversTransports.*.tls.spiffe": "needs a SPIFFE workload API",
  "tls.stores.*.defaultGeneratedCert": "needs an ACME server",
};

const schema = documentSchema(newestTraefik);
const known = fieldsOf(schema, "");
const written = new Set(fieldsIn(goldenDocument(), schema, ""));
const reasonFor = (path: string) => Object.keys(leftOut).find((out) => path === out || path.startsWith(`${out}.`));

describe("the golden document", () => {
  test("has every field of the model, and every word of those that take only some", () => {
    expect(known.length).toBeGreaterThan(400);
    expect(known).toContain("http.services.*.loadBalancer.strategy = hrw");
    expect(known.filter((path) => !written.has(path) && reasonFor(path) === undefined)).toEqual([]);
  });

  test.each(Object.entries(leftOut))("lacks %s, which %s", (out) => {
    expect(known).toContain(out);
    expect([...written].filter((path) => reasonFor(path) === out)).toEqual([]);
  });

  test("is written as the schema for editors requires, except for numbers that are filled in", () => {
    const { issues = [] } = schema.safeParse(goldenDocument()).error ?? {};
    expect(issues.filter(({ path }) => path.at(-1) !== "port")).toEqual([]);
  });
});

/** Every path of fields that a schema has: `*` is any name, and `= word` one of the words that a field takes. */
function fieldsOf(wrapped: z.ZodType, path: string): string[] {
  const schema = bare(wrapped);
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => `${path} = ${word}`);
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element as z.ZodType, path);
  if (schema instanceof z.ZodRecord) return fieldsOf(schema.valueType as z.ZodType, below(path, "*"));
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, inner]) => {
    const here = below(path, name);
    return [here, ...fieldsOf(inner as z.ZodType, here)];
  });
}

/** Those of them that a value has. */
function fieldsIn(value: unknown, wrapped: z.ZodType, path: string): string[] {
  const schema = bare(wrapped);
  if (schema instanceof z.ZodEnum) return [`${path} = ${String(value)}`];
  if (schema instanceof z.ZodArray)
    return (value as unknown[]).flatMap((item) => fieldsIn(item, schema.element as z.ZodType, path));
  if (schema instanceof z.ZodRecord)
    return Object.values(value as object).flatMap((item) =>
      fieldsIn(item, schema.valueType as z.ZodType, below(path, "*")),
    );
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(value as object).flatMap(([name, inner]) => {
    const here = below(path, name);
    return [here, ...fieldsIn(inner, schema.shape[name] as z.ZodType, here)];
  });
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
