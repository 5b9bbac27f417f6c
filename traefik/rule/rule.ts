import type { Problem } from "../../files/problem.ts";

/** HTTP routers and TCP routers know other matchers, and so do the constraints that choose instances by their labels. */
export type RuleKind = "http" | "tcp" | "labels";

export interface RuleOptions {
  readonly kind: RuleKind;
  /** `3.7` or `3.7.15`: the version of the oldest Traefik that will read the rule. */
  readonly traefik: string;
}

/** One matcher with its values. Negations are moved down to the calls (De Morgan), as Traefik does it too. */
export interface Call {
  readonly is: "call";
  /** The name as the documentation spells it. */
  readonly matcher: string;
  readonly values: readonly string[];
  readonly negated: boolean;
}

/** `&&` or `||` of two and more. */
export interface Junction {
  readonly is: "all" | "any";
  readonly rules: readonly Rule[];
}

export type Rule = Call | Junction;

/** A problem in a rule, which is no file: its columns are counted through all lines. */
export type RuleProblem = Required<Pick<Problem, "column" | "width" | "message">>;

export type RuleReading =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly problem: RuleProblem };
