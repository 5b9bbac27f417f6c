import { parseRule } from "./parse.ts";
import type { RuleKind } from "./rule.ts";

/**
 * The priority that Traefik gives a router whose own is 0 or not set: the length of its rule in bytes of UTF-8, and -1 for
 * the HostSNI(`*`) of a TCP router, also when that is negated. (Seen on 3.0.4, 3.5.3, 3.6.15 and 3.7.15.)
 */
export function priorityOf(rule: string, kind: RuleKind = "http"): number {
  const length = Buffer.byteLength(rule);
  if (kind === "http") return length;
  const reading = parseRule(rule, { kind, traefik: "3.0" });
  const only = reading.ok && reading.rule.is === "call" ? reading.rule : undefined;
  return only?.matcher === "HostSNI" && only.values[0] === "*" ? -1 : length;
}
