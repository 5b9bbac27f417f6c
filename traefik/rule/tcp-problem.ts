import { knows } from "../model/version.ts";
import { parseRule } from "./parse.ts";
import { ruleProblem } from "./problem.ts";
import type { Call, Rule } from "./rule.ts";

export interface TcpRouter {
  readonly rule: string;
  /** Whether the router has `tls`: only then a client sends the name that it wants. */
  readonly tls: boolean;
  readonly ruleSyntax?: string | undefined;
}

/**
 * What is wrong with the rule of a TCP router; undefined if it is valid. Traefik turns a router without TLS off when the first
 * HostSNI of its rule asks for a name, a negated one too before 3.7.15; other matchers may stand alone. (Seen on 3.0.4, 3.5.3,
 * 3.6.15 and 3.7.15.)
 */
export function tcpRuleProblem({ rule, tls, ruleSyntax }: TcpRouter, traefik: string): string | undefined {
  const problem = ruleProblem(rule, { kind: "tcp", traefik }, ruleSyntax);
  if (problem !== undefined || tls) return problem;
  return asksForName(rule, traefik) ? "without TLS no name is sent: write HostSNI(`*`), or tls" : undefined;
}

function asksForName(rule: string, traefik: string): boolean {
  const reading = parseRule(rule, { kind: "tcp", traefik });
  // Only a rule of Traefik v2 is good and not read.
  if (!reading.ok) return !/HostSNI\(\s*[`"]\*[`"]\s*\)/i.test(rule);
  const counts = ({ matcher, negated }: Call) => matcher === "HostSNI" && !(negated && knows(traefik, "3.7.15"));
  const first = callsOf(reading.rule).find(counts);
  return first !== undefined && first.values[0] !== "*";
}

function callsOf(rule: Rule): Call[] {
  return rule.is === "call" ? [rule] : rule.rules.flatMap(callsOf);
}
