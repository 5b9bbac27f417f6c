import { Scalar, stringify } from "yaml";
import type { KeyPath } from "./key-path.ts";

/** A value to write: a scalar, or nested maps of one key each around a scalar. */
export interface Content {
  readonly keys: KeyPath;
  readonly scalar: string | number;
}

/** Each key on its own line, every line preceded by its line break. */
export function blockLines({ keys, scalar }: Content, lineBreak: string, indent: number, step: number): string {
  const lines = keys.map((key, depth) => `${" ".repeat(indent + depth * step)}${spellScalar(String(key), false)}:`);
  return `${lines.map((line) => lineBreak + line).join("")} ${spellScalar(scalar, false)}`;
}

/** `a: 1`, or `a: { b: 1 }`, inside brackets. */
export function flowPair({ keys: [key, ...keys], scalar }: Content): string {
  return `${spellScalar(String(key), true)}: ${spell({ keys, scalar }, true)}`;
}

/** A value on one line; `type` is that of the scalar it replaces. */
export function spell(content: Content, inFlow: boolean, type?: Scalar["type"]): string {
  return content.keys.length === 0 ? spellScalar(content.scalar, inFlow, type) : `{ ${flowPair(content)} }`;
}

/** A scalar on one line, quoted if it needs quotes or if it replaces quoted text. */
function spellScalar(value: string | number, inFlow: boolean, type?: Scalar["type"]): string {
  const scalar = new Scalar(value);
  if (typeof value === "string" && /[\r\n]/.test(value)) scalar.type = "QUOTE_DOUBLE";
  else if (typeof value === "string" && (type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE")) scalar.type = type;
  const options = { lineWidth: 0, blockQuote: false, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER };
  if (!inFlow) return stringify(scalar, options).replace(/\n$/, "");
  const list = stringify([scalar], { ...options, collectionStyle: "flow", flowCollectionPadding: false });
  return list.replace(/\n$/, "").slice(1, -1);
}
