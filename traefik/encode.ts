import { sorted } from "../files/sorted.ts";

/**
 * The bytes of a document: JSON with sorted keys, so that equal documents are equal bytes, in the part of JSON that Traefik's
 * YAML reader takes. It refuses raw C1 controls, DEL, U+FFFE and U+FFFF, and takes them escaped. A bigint is written as text,
 * which Traefik takes for a number.
 */
export function encode(document: object): Buffer {
  const json = JSON.stringify(sorted(document), (_, value) => (typeof value === "bigint" ? String(value) : value));
  return Buffer.from(json.replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

const unsafe = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
