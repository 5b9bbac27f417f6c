import { parseRule } from "../../shared/traefik/rule/parse.ts";
import { ruleProblem } from "../../shared/traefik/rule/problem.ts";
import type { Rule } from "../../shared/traefik/rule/rule.ts";
import type { ObjectValue } from "./objects.ts";
import { isWritten, type ObjectProblem, problem } from "./settings.ts";

/** Traefik keeps what is above for its own routers. (Seen on 3.7.15.) */
const highestPriority = 2n ** 63n - 1001n;

/** What is wrong with a router by itself: Traefik turns it off. Whom it leads to is not looked at. (Seen on 3.7.15.) */
export function routerProblem(
  section: string,
  { rule, ruleSyntax, tls, priority, service, parentRefs }: ObjectValue,
  traefik: string,
): ObjectProblem | undefined {
  if (section !== "http" && !service) return problem([], "has no service");
  if (section === "udp") return undefined;
  // Of a router in another one's care it is not looked at.
  if (!isWritten(parentRefs) && BigInt(String(priority ?? 0)) > highestPriority)
    return problem(["priority"], `is above ${highestPriority}, the highest that Traefik leaves to others`);
  if (typeof rule !== "string" || rule === "") return problem([], "has no rule, so it would match nothing");
  const syntax = typeof ruleSyntax === "string" ? ruleSyntax : undefined;
  const kind = section === "tcp" ? "tcp" : "http";
  const message = ruleProblem(rule, { kind, traefik }, syntax);
  if (message !== undefined) return problem(["rule"], message);
  if (kind === "http" || (tls !== undefined && tls !== null) || !asksForName(rule, traefik, syntax)) return undefined;
  return problem(["rule"], "without TLS no name is sent: write HostSNI(`*`), or tls");
}

/** Whether the first HostSNI that stands without a `!` asks for a name. */
function asksForName(rule: string, traefik: string, syntax: string | undefined): boolean {
  const reading = parseRule(rule, { kind: "tcp", traefik });
  if (!reading.ok) return syntax === "v2" && !/HostSNI\(\s*[`"]\*[`"]/i.test(rule);
  const first = names(reading.rule).next().value;
  return first !== undefined && first !== "*";
}

function* names(rule: Rule): Generator<string | undefined, undefined> {
  if (rule.is !== "call") for (const one of rule.rules) yield* names(one);
  else if (rule.matcher === "HostSNI" && !rule.negated) yield rule.values[0];
}
