import { Scalar, stringify } from "yaml";
import type { KeyPath } from "./key-path.ts";

/** A value to write: a scalar, or nested maps of one key each around a scalar. */
export interface Content {
  readonly keys: KeyPath;
  readonly scalar: string | number;
}

const options = { lineWidth: 0, blockQuote: false, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const;

/** Each key on its own line, every line preceded by its line break. */
export function blockLines(content: Content, lineBreak: string, indent: number, step: number): string {
  const lines = stringify(nodeOf(content), { ...options, indent: step })
    .trimEnd()
    .split("\n");
  return lines.map((line) => lineBreak + " ".repeat(indent) + line).join("");
}

/** The value on one line, `1` or `{ b: 1 }`. A scalar is quoted if it needs quotes, or as the `type` it replaces. */
export function onOneLine(content: Content, inFlow: boolean, type?: Scalar["type"]): string {
  const node = nodeOf(content, type);
  if (!inFlow && content.keys.length === 0) return stringify(node, options).trimEnd();
  return stringify([node], { ...options, collectionStyle: "flow" })
    .trimEnd()
    .slice(2, -2);
}

function nodeOf({ keys, scalar: value }: Content, type?: Scalar["type"]): unknown {
  const scalar = new Scalar<string | number>(value);
  if (typeof value === "string" && /[\r\n]/.test(value)) scalar.type = "QUOTE_DOUBLE";
  else if (typeof value === "string" && type?.startsWith("QUOTE")) scalar.type = type;
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), scalar);
}
