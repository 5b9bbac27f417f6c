import { knows } from "../model/version.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { ruleProblem } from "../rule/problem.ts";
import { tcpRuleProblem } from "../rule/tcp-problem.ts";
import { isWritten, type ObjectProblem, problem } from "./object-problems.ts";

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
  if (!service && !knows(traefik, "3.6"))
    return problem(
      [],
      `has no service, and is no parent of others: that needs Traefik 3.6, and this is for ${traefik}`,
    );
  // Of a router in another one's care it is not looked at.
  if (!isWritten(parentRefs) && BigInt(String(priority ?? 0)) > highestPriority)
    return problem(["priority"], `is above ${highestPriority}, the highest that Traefik leaves to others`);
  if (typeof rule !== "string" || rule === "") return problem([], "has no rule, so it would match nothing");
  const syntax = typeof ruleSyntax === "string" ? ruleSyntax : undefined;
  const message =
    section === "tcp"
      ? tcpRuleProblem({ rule, tls: tls !== undefined && tls !== null, ruleSyntax: syntax }, traefik)
      : ruleProblem(rule, { kind: "http", traefik }, syntax);
  return message === undefined ? undefined : problem(["rule"], message);
}
