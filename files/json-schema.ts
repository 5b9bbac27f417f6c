import { z } from "zod";
import { byCodePoint } from "./by-code-point.ts";
import type { KeyPath } from "./key-path.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft 7) of a schema's input; `more` adds keywords to each part of it. */
export function jsonSchema(schema: z.ZodType, more: (part: z.ZodType) => Partial<JsonSchema> = () => ({})): JsonSchema {
  return z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => void Object.assign(jsonSchema, more(zodSchema as unknown as z.ZodType)),
  });
}

const made = new WeakMap<z.ZodType, JsonSchema>();

function cached(schema: z.ZodType): JsonSchema {
  const json = made.get(schema) ?? jsonSchema(schema);
  made.set(schema, json);
  return json;
}

/** The keys that a schema has at a path, except those that accept no value there. */
export function keysAt(schema: z.ZodType, path: KeyPath): string[] {
  let places = variants(cached(schema));
  for (const part of path) places = places.flatMap((place) => inside(place, part)).flatMap(variants);
  return [...new Set(places.flatMap(ownKeys))];
}

const indexed = new WeakMap<z.ZodType, ReadonlyMap<string, string>>();

/** The shortest path at which a schema has a key of that name, in any case; of equally long ones the first by code point. */
export function pathOfKey(schema: z.ZodType, key: string): string | undefined {
  const index = indexed.get(schema) ?? shortestPaths(cached(schema));
  indexed.set(schema, index);
  return index.get(key.toLowerCase());
}

function shortestPaths(root: JsonSchema): Map<string, string> {
  const paths: string[][] = [];
  function walk(json: JsonSchema, path: string[]) {
    for (const place of variants(json))
      for (const name of ownKeys(place)) {
        paths.push([...path, name]);
        for (const inner of inside(place, name)) walk(inner, [...path, name]);
      }
  }
  walk(root, []);
  const longestFirst = paths.sort((a, b) => b.length - a.length || byCodePoint(b.join("."), a.join(".")));
  return new Map(longestFirst.map((path) => [String(path.at(-1)).toLowerCase(), path.join(".")]));
}

/** A schema and its alternatives. */
function variants(json: JsonSchema): JsonSchema[] {
  const alternatives = [...(json.anyOf ?? []), ...(json.oneOf ?? []), ...(json.allOf ?? [])];
  return [json, ...alternatives.filter((one) => typeof one === "object").flatMap(variants)];
}

function ownKeys({ properties = {} }: JsonSchema): string[] {
  return Object.keys(properties).filter((key) => {
    const property = properties[key];
    return typeof property === "object" && property.not === undefined;
  });
}

function inside({ properties = {}, additionalProperties, items }: JsonSchema, part: PropertyKey): JsonSchema[] {
  const found =
    typeof part === "number"
      ? Array.isArray(items)
        ? items[part]
        : items
      : Object.hasOwn(properties, part)
        ? properties[String(part)]
        : additionalProperties;
  return typeof found === "object" ? [found] : [];
}
