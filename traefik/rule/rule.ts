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

/** Where a rule is wrong, in UTF-16 units counted from 1, and what to do about it. */
export interface RuleProblem {
  readonly column: number;
  readonly width: number;
  readonly message: string;
}

export type RuleReading =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly problem: RuleProblem };
