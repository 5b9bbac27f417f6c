import type { Finding } from "../model/finding.ts";
import { knows } from "../model/version.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { ruleProblem } from "../rule/problem.ts";
import { tcpRuleProblem } from "../rule/tcp-problem.ts";
import { isWritten, turnedOff } from "./findings.ts";

/** Traefik reserves higher priorities for its own routers. (Seen on 3.7.15.) */
const highestPriority = 2n ** 63n - 1001n;

/** Why Traefik turns a router off, regardless of others. What it leads to is not checked. (Seen on 3.7.15.) */
export function routerFinding(
  section: string,
  { rule, ruleSyntax, tls, priority, service, parentRefs }: ObjectValue,
  traefik: string,
): Finding | undefined {
  if (section !== "http" && !service) return turnedOff([], "has no service");
  if (section === "udp") return undefined;
  if (!service && !knows(traefik, "3.6"))
    return turnedOff(
      [],
      `has no service, and is no parent of others: that needs Traefik 3.6, and this is for ${traefik}`,
    );
  // Traefik does not check this on a child router.
  if (!isWritten(parentRefs) && BigInt(String(priority ?? 0)) > highestPriority)
    return turnedOff(["priority"], `is above ${highestPriority}, the highest that Traefik allows`);
  if (typeof rule !== "string" || rule === "") return turnedOff([], "has no rule, so it would match nothing");
  const syntax = typeof ruleSyntax === "string" ? ruleSyntax : undefined;
  const message =
    section === "tcp"
      ? tcpRuleProblem({ rule, tls: tls !== undefined && tls !== null, ruleSyntax: syntax }, traefik)
      : ruleProblem(rule, { kind: "http", traefik }, syntax);
  return message === undefined ? undefined : turnedOff(["rule"], message);
}
