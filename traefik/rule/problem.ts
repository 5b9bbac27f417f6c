import { parseRule } from "./parse.ts";
import { Refusal } from "./refusal.ts";
import type { RuleOptions, RuleProblem } from "./rule.ts";
import { createScanner, type Token } from "./scan.ts";

/**
 * What is wrong with a router's rule, beginning with its column; undefined if it is valid. Traefik v2's matchers are not
 * known here: in a rule with `ruleSyntax: v2` only literals, comments and parentheses are checked.
 */
export function ruleProblem(rule: string, options: RuleOptions, ruleSyntax?: string): string | undefined {
  const reading = parseRule(rule, options);
  if (reading.ok) return undefined;
  const problem = ruleSyntax === "v2" ? unbalanced(rule) : reading.problem;
  return problem && `column ${problem.column}: ${problem.message}`;
}

function unbalanced(rule: string): RuleProblem | undefined {
  const open: Token[] = [];
  try {
    const next = createScanner(rule);
    for (let token = next(); token.is !== "end"; token = next()) {
      if (token.is === "(") open.push(token);
      if (token.is === ")" && !open.pop()) throw new Refusal(token.start, token.end, "the ) closes nothing");
    }
    const left = open.pop();
    if (left) throw new Refusal(left.start, left.end, "the ( is never closed");
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.problem;
    throw error;
  }
}
