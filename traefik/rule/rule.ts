import type { Problem } from "../../files/problem.ts";

/** HTTP routers, TCP routers and the constraints that choose instances by label each have their own matchers. */
export type RuleKind = "http" | "tcp" | "labels";

export interface RuleOptions {
  readonly kind: RuleKind;
  /** `3.7` or `3.7.15`: the version of the oldest Traefik that will read the rule. */
  readonly traefik: string;
}

/** One matcher with its values. Negations are moved down to the calls (De Morgan), as in Traefik. */
export interface Call {
  readonly is: "call";
  /** The name as the documentation spells it. */
  readonly matcher: string;
  readonly values: readonly string[];
  readonly negated: boolean;
}

/** `&&` or `||` of two or more. */
export interface Junction {
  readonly is: "all" | "any";
  readonly rules: readonly Rule[];
}

export type Rule = Call | Junction;

/** A problem in a rule, which is not a file: its columns are counted through all lines. */
export type RuleProblem = Required<Pick<Problem, "column" | "width" | "message">>;

export type RuleReading =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly problem: RuleProblem };
