import { z } from "zod";
import { documentSchema } from "./document.ts";
import { type Facts, factsOf } from "./field.ts";

/** How Traefik's decoder reads a field: the model's schema with nothing left but what the decoder looks at. */
export type Shape = { readonly facts: Facts } & (
  | { readonly is: "text" | "flag" | "whole" | "duration" | "opaque" | "raw" }
  | { readonly is: "texts" }
  | { readonly is: "textMap" | "wholeMap" | "rawMaps" }
  | { readonly is: "structs" | "map"; readonly of: StructShape }
  | StructShape
);

export interface StructShape {
  readonly facts: Facts;
  readonly is: "struct";
  /** By their names as the decoder compares them. */
  readonly fields: ReadonlyMap<string, FieldShape>;
}

export interface FieldShape {
  /** As it is to be written. */
  readonly name: string;
  /** Undefined where this version of Traefik does not know the field. */
  readonly shape: Shape | undefined;
  /** The first version that knows it, where it is not 3.0. */
  readonly since: string | undefined;
  readonly hidden: "ignored" | "unsaid" | undefined;
}

/** A name as Go's `EqualFold` compares names: without regard to case, of which U+017F and U+212A are further ones of s and k. */
export function folded(name: string): string {
  return name.toLowerCase().replaceAll("\u017f", "s").replaceAll("\u212a", "k");
}

const made = new Map<string, StructShape>();

/** The shape of a whole document for a Traefik of that version. */
export function documentShape(version: string): StructShape {
  const shape = made.get(version) ?? structShape(documentSchema(version));
  made.set(version, shape);
  return shape;
}

function structShape(schema: z.ZodObject): StructShape {
  const fields = new Map<string, FieldShape>();
  function add(name: string, schema: z.ZodType, hidden: FieldShape["hidden"]) {
    const shape = shapeOf(schema);
    fields.set(folded(name), { name, shape, since: (shape?.facts ?? factsOf(bare(schema))).since, hidden });
  }
  const facts = factsOf(schema);
  for (const [name, inner] of Object.entries(schema.shape)) add(name, inner as z.ZodType, undefined);
  for (const [name, { schema, as }] of Object.entries(facts.hidden ?? {})) add(name, schema, as);
  return { is: "struct", facts, fields };
}

/** The schema inside of what only says that it may be left out. */
export function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? bare(schema.unwrap() as z.ZodType) : schema;
}

function shapeOf(wrapped: z.ZodType): Shape | undefined {
  const schema = bare(wrapped);
  const facts = factsOf(schema);
  if (schema instanceof z.ZodNever) return undefined;
  if (facts.duration) return { is: "duration", facts };
  if (facts.opaque) return { is: "opaque", facts };
  if (schema instanceof z.ZodObject) return structShape(schema);
  if (schema instanceof z.ZodBoolean) return { is: "flag", facts };
  if (schema instanceof z.ZodNumber) return { is: "whole", facts };
  if (schema instanceof z.ZodArray) {
    const item = shapeOf(schema.element as z.ZodType);
    return item?.is === "struct" ? { is: "structs", of: item, facts } : { is: "texts", facts };
  }
  if (schema instanceof z.ZodRecord) {
    const value = shapeOf(schema.valueType as z.ZodType);
    if (value?.is === "struct") return { is: "map", of: value, facts };
    return { is: value?.is === "whole" ? "wholeMap" : value?.is === "textMap" ? "rawMaps" : "textMap", facts };
  }
  return { is: "text", facts };
}
