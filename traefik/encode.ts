import { sorted } from "../files/sorted.ts";

/**
 * The bytes of a document: JSON with sorted keys, so that equal documents give equal bytes, in the subset of JSON that Traefik's
 * YAML reader accepts. It refuses raw C1 controls, DEL, U+FFFE and U+FFFF, but accepts them escaped. A bigint is written as text,
 * which Traefik reads as a number.
 */
export function encode(document: object): Buffer {
  const json = JSON.stringify(sorted(document));
  return Buffer.from(json.replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

const unsafe = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
