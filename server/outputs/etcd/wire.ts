import { z } from "zod";

// The parts of etcd's answers that are read, as the JSON gateway of etcd 3.4 and 3.5 sends them: bytes are base64, a 64-bit number is
// text, and what is zero, false or empty is left out.

const number = z.string().regex(/^\d+$/).default("0").transform(Number);
const bytes = z
  .base64()
  .default("")
  .transform((text) => Buffer.from(text, "base64"));
const header = z.object({ revision: number });

const keyValue = z
  .object({ key: bytes, value: bytes, create_revision: number, mod_revision: number, lease: z.string().default("0") })
  .transform(({ key, value, create_revision, mod_revision, lease }) => ({
    key: key.toString(),
    value,
    created: create_revision,
    modified: mod_revision,
    lease,
  }));
/** A key with its value, the revisions in which it was created and last written, and its lease (`0` for none). */
export type KeyValue = z.output<typeof keyValue>;

const keyValues = z.object({ kvs: z.array(keyValue).default([]) });
export const wireTxn = z.object({
  header,
  succeeded: z.boolean().default(false),
  responses: z.array(z.object({ response_range: keyValues.optional() })).default([]),
});
export const wireLease = z.object({ ID: z.string() });
/** Of a lease that has ended there is no TTL. */
export const wireKeepAlive = z.object({ result: z.object({ TTL: number }) });
export const wireToken = z.object({ token: z.string() });
export const wireNothing = z.object({});

/** A line of the answer to `/v3/watch`. */
export const wireWatch = z.object({
  result: z.object({
    header,
    canceled: z.boolean().default(false),
    cancel_reason: z.string().default(""),
    compact_revision: number,
    events: z.array(z.object({ kv: keyValue })).default([]),
  }),
});

/** etcd 3.4 and 3.5 say it twice. */
export const wireError = z.object({ message: z.string(), code: z.int().default(2) });

export interface Range {
  readonly key: string;
  /** All keys that begin with it. */
  readonly isPrefix?: boolean;
  /** Without the values. */
  readonly keysOnly?: boolean;
}
/** `created`: the revision in which the key was created, 0 if it must not exist. `unchangedSince`: nothing of the prefix was written after it. */
export type Compare =
  | { readonly key: string; readonly created: number }
  | { readonly prefix: string; readonly unchangedSince: number };
export type Operation =
  | { readonly put: string; readonly value: string | Buffer; readonly lease?: string }
  | { readonly delete: string }
  | { readonly range: Range };

const base64 = (text: string | Buffer) => Buffer.from(text as string).toString("base64");

export function rangeFor({ key, isPrefix = false, keysOnly = false }: Range) {
  return { key: base64(key), ...(isPrefix && { range_end: base64(endOf(key)) }), ...(keysOnly && { keys_only: true }) };
}

export function compareFor(compare: Compare) {
  if ("created" in compare)
    return { key: base64(compare.key), target: "CREATE", result: "EQUAL", create_revision: String(compare.created) };
  const { prefix, unchangedSince } = compare;
  return {
    ...rangeFor({ key: prefix, isPrefix: true }),
    target: "MOD",
    result: "LESS",
    mod_revision: String(unchangedSince + 1),
  };
}

export function operationFor(operation: Operation) {
  if ("range" in operation) return { request_range: rangeFor(operation.range) };
  if ("delete" in operation) return { request_delete_range: { key: base64(operation.delete) } };
  const { put, value, lease } = operation;
  return { request_put: { key: base64(put), value: base64(value), ...(lease !== undefined && { lease }) } };
}

/** The first text after all that begin with a prefix. A prefix ends with an ASCII character other than DEL. */
function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
