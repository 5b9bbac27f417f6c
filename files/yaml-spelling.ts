import { Scalar, stringify } from "yaml";
import type { KeyPath } from "./key-path.ts";

/** What is written as a value: a scalar, or a map of one key, of one key, of a scalar. */
export interface Content {
  readonly keys: KeyPath;
  readonly scalar: string | number;
}

/** Each key on a line of its own, every line with the line break before it. */
export function blockLines({ keys, scalar }: Content, lineBreak: string, indent: number, step: number): string {
  const lines = keys.map((key, depth) => `${" ".repeat(indent + depth * step)}${spellScalar(String(key), false)}:`);
  return `${lines.map((line) => lineBreak + line).join("")} ${spellScalar(scalar, false)}`;
}

/** `a: 1`, or `a: { b: 1 }`, inside of brackets. */
export function flowPair({ keys: [key, ...keys], scalar }: Content): string {
  return `${spellScalar(String(key), true)}: ${spell({ keys, scalar }, true)}`;
}

/** A value on one line; the type is that of the scalar that stood there before. */
export function spell(content: Content, inFlow: boolean, type?: Scalar["type"]): string {
  return content.keys.length === 0 ? spellScalar(content.scalar, inFlow, type) : `{ ${flowPair(content)} }`;
}

/** A scalar on one line, in quotes where it needs them or where text stood in quotes before. */
function spellScalar(value: string | number, inFlow: boolean, type?: Scalar["type"]): string {
  const scalar = new Scalar(value);
  if (typeof value === "string" && /[\r\n]/.test(value)) scalar.type = "QUOTE_DOUBLE";
  else if (typeof value === "string" && (type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE")) scalar.type = type;
  const options = { lineWidth: 0, blockQuote: false, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER };
  if (!inFlow) return stringify(scalar, options).replace(/\n$/, "");
  const list = stringify([scalar], { ...options, collectionStyle: "flow", flowCollectionPadding: false });
  return list.replace(/\n$/, "").slice(1, -1);
}
