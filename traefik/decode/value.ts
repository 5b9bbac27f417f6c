import type { Finding as AnyFinding } from "../model/finding.ts";
import { goKinds, type Scalar } from "./scalar.ts";

/** Where something is written, as offsets in the text. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What YAML makes of a body: Go's values, with where they are written. */
export type Value = Span &
  (
    | Scalar
    | { readonly is: "list"; readonly items: readonly Value[] }
    | { readonly is: "map"; readonly entries: readonly Entry[] }
  );

export interface Entry {
  readonly key: Span;
  /** The key as Go's reflection names it: `<int Value>` for a number. Undefined for null, which is left out. */
  readonly name: string | undefined;
  readonly value: Value;
}

/** A finding of the decoder, with where it is written. Its list tells its word: `refused` or `altered`. */
export interface Finding extends Omit<AnyFinding, "word">, Span {
  /** The first version that knows the field, if nothing else is wrong. */
  readonly since?: string;
}

/** The name of a key: text stays, other keys are named by their type in Go. */
export function keyName(key: Scalar | { readonly is: "list" | "map" }): string | undefined {
  if (key.is === "null") return undefined;
  if (key.is === "time") return "<time.Time Value>";
  if (key.is !== "scalar" || key.kind === goKinds.text) return key.is === "scalar" ? key.text : "";
  const names: Readonly<Record<number, string>> = { 1: "bool", 2: "int", 11: "uint64", 14: "float64" };
  return `<${names[key.kind] ?? "interface"} Value>`;
}

/** The fields of a decoded object, by their names. */
export type Fields = Record<string, unknown>;
