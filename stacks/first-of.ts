import { Fn, Token } from "cdktf";

/** A token of the first of the texts that is not empty; empty if all are. */
export function firstOf(tokens: readonly string[]): string {
  const [only = "", second] = tokens;
  return second === undefined ? only : Token.asString(Fn.try([Fn.coalesce([...tokens]), ""]));
}
