import { z } from "zod";
import { undamaged } from "../../files/text.ts";
import { knows } from "./version.ts";

/** What Traefik's decoder makes of a field, beyond what its schema says. Seen on 3.7.15. */
export interface Facts {
  /** The first version of Traefik that knows the field, if it is not 3.0. */
  readonly since?: string;
  /** `{}` is accepted and means something; elsewhere Traefik rejects an empty map. */
  readonly mayBeEmpty?: true;
  /** What Traefik sets when the object around the field is written and the field is not. */
  readonly preset?: unknown;
  /** Zero, false and "" differ from leaving the field out. */
  readonly kept?: true;
  /** A section of a document: empty means the same as not written. */
  readonly section?: true;
  /** The object exists even if it is not written. */
  readonly inPlace?: true;
  /** Whole seconds or Go's text for a time. */
  readonly duration?: true;
  /** Only a plain value is accepted. */
  readonly opaque?: true;
  /** It names a file that Traefik reads on its own host: always, or if the text is not the content itself. */
  readonly hostFile?: "path" | "path or content";
  /** Names that the decoder knows, and that have no effect in a document. */
  readonly hidden?: Readonly<Record<string, Hidden>>;
}

/** A name that Traefik's decoder knows for its other providers. */
export interface Hidden {
  readonly schema: z.ZodType;
  /** `ignored`: only the names in it are checked; `unsaid`: it is read, but never shown. */
  readonly as: "ignored" | "unsaid";
}

const known = new WeakMap<z.ZodType, Facts>();

/** What is known of a schema, without what wraps it. */
export function factsOf(schema: z.ZodType): Facts {
  return known.get(schema) ?? {};
}

/** A copy of the schema with more facts; the facts of the first stay. */
export function noted<T extends z.ZodType>(schema: T, more: Facts): T {
  const copy = schema.clone();
  known.set(copy, { ...factsOf(schema), ...more });
  return copy;
}

export const mayBeEmpty = <T extends z.ZodType>(schema: T) => noted(schema, { mayBeEmpty: true });
export const kept = <T extends z.ZodType>(schema: T) => noted(schema, { kept: true });
export const inPlace = <T extends z.ZodType>(schema: T) => noted(schema, { inPlace: true });
export const section = <T extends z.ZodType>(schema: T) => noted(schema, { section: true });
export const hostPath = <T extends z.ZodType>(schema: T) => noted(schema, { hostFile: "path" });
export const hostPathOrContent = <T extends z.ZodType>(schema: T) => noted(schema, { hostFile: "path or content" });
export const preset = <T extends z.ZodType>(schema: T, value: unknown) => noted(schema, { preset: value });
export const ignored = (schema: z.ZodType): Hidden => ({ schema, as: "ignored" });
export const unsaid = (schema: z.ZodType): Hidden => ({ schema, as: "unsaid" });

/** An object with these fields and no others; `hidden` are names that are accepted and have no effect. */
export function struct<S extends z.ZodRawShape>(shape: S, hidden?: Readonly<Record<string, Hidden>>) {
  const schema = z.strictObject(shape);
  return hidden ? noted(schema, { hidden }) : schema;
}

/** Marks a field as known from a version on. */
export interface Since {
  <T extends z.ZodType>(first: string, schema: T): T;
  /** The version of Traefik. */
  readonly version: string;
}

/**
 * For a Traefik of `version`, a newer field becomes a schema that accepts no value and names the version that does. One field that Traefik
 * does not know makes it reject the whole document.
 */
export function fieldsFor(version: string): Since {
  function since<T extends z.ZodType>(first: string, schema: T): T {
    if (knows(version, first)) return noted(schema, { since: first });
    const error = `needs Traefik ${first}, and traefik.version is ${version}`;
    return noted(z.never({ error }), { since: first }) as unknown as T;
  }
  return Object.assign(since, { version });
}

/** Text that reaches Traefik as it was written; it may be empty. */
export const words = z.string().refine(undamaged, {
  error: "holds a character that Traefik's reader refuses or changes",
});
export const flag = z.boolean();
export const whole = z.int();
export const opaque = noted(words, { opaque: true });
