import { harmless } from "../../files/harmless.ts";
import { folded } from "../../traefik/model/shape.ts";
import { type Candidate, objectId } from "../../traefik/objects/objects.ts";

/** The rule of an object that can't be read, if it has one: a list or a map of hosts is searched for them too. */
export function ruleIn(written: unknown): Pick<Candidate, "rule"> {
  if (typeof written !== "object" || written === null) return {};
  const rule: unknown = Object.entries(written).find(([key]) => folded(key) === "rule")?.[1];
  if (rule === undefined) return {};
  return { rule: typeof rule === "string" ? rule : JSON.stringify(rule) };
}

/** A router with all that a file says of hosts, for a file that can't be read. */
export function seeming(file: string, bytes: Uint8Array): Candidate {
  const calls = new TextDecoder().decode(bytes).match(/\bhost\w*\s*\([^\n]*/gi) ?? [];
  return { id: objectId("http.routers", file), value: undefined, origin: harmless(file), rule: calls.join(" ") };
}
