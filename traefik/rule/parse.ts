import { remembering } from "../../files/remember.ts";
import { checkCall } from "./check-call.ts";
import { matcherOf, spelledOut } from "./matchers.ts";
import { Refusal } from "./refusal.ts";
import type { Call, Rule, RuleOptions, RuleReading } from "./rule.ts";
import { createScanner, type Token } from "./scan.ts";
import { noArgument, noOperand, notTheEnd, unknownMatcher } from "./wording.ts";

/** The maximum nesting of parentheses. Traefik accepts more, but nobody writes them, and readers must not run out of stack. */
const deepest = 1000;

/** Characters that Go's scanner refuses anywhere, and halves of surrogate pairs, which are not text. */
const damaged = /\0|(?!^)\ufeff|\p{Cs}/u;

/** The rules of some 50,000 routers: most are the same at each roll call, and each is read for several purposes. */
const charactersRemembered = 2_000_000;

/** By kind and version. */
const readers = new Map<string, (rule: string) => RuleReading>();

/**
 * Reads a rule as Traefik v3 does: as a Go expression of matcher calls, `&&`, `||`, `!` and parentheses. The verdict is
 * Traefik's; the first problem is given with its place. Linear in the length of the rule; an equal rule gets the same answer again.
 */
export function parseRule(rule: string, options: RuleOptions): RuleReading {
  const name = `${options.kind} ${options.traefik}`;
  const known = readers.get(name) ?? remembering((text) => readingOf(text, options), charactersRemembered);
  readers.set(name, known);
  return known(rule);
}

function readingOf(rule: string, options: RuleOptions): RuleReading {
  try {
    const found = damaged.exec(rule);
    if (found) throw new Refusal(found.index, found.index + 1, "a character that a rule can't contain");
    return { ok: true, rule: read(rule, options) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

function read(source: string, options: RuleOptions): Rule {
  const next = createScanner(source);
  let token = next();
  const rule = chain("||", false, 0);
  const lineEnd = token.is === "line end" ? advance() : undefined;
  if (now() !== "end") throw notTheEnd(source, lineEnd ?? token);
  return rule;

  function advance(): Token {
    const taken = token;
    token = next();
    return taken;
  }

  function now(): Token["is"] {
    return token.is;
  }

  /** Calls that `operator` joins. What a `!` stands before is read with its negation moved inside. */
  function chain(operator: "||" | "&&", negated: boolean, depth: number): Rule {
    const one = () => (operator === "||" ? chain("&&", negated, depth) : operand(negated, depth));
    const first = one();
    if (token.is !== operator) return first;
    const rules = [first];
    while (token.is === operator) {
      advance();
      rules.push(one());
    }
    return { is: (operator === "||") === negated ? "all" : "any", rules };
  }

  function operand(outside: boolean, depth: number): Rule {
    let negated = outside;
    for (; token.is === "!"; advance()) negated = !negated;
    if (token.is === "name") return call(advance(), negated);
    if (token.is !== "(") throw noOperand(source, token);
    const open = advance();
    if (depth === deepest) throw new Refusal(open.start, open.end, `more than ${deepest} nested parentheses`);
    const inside = chain("||", negated, depth + 1);
    close(open, source);
    return inside;
  }

  function close(open: Token, text: string): Token {
    if (token.is === ")") return advance();
    if (token.start >= text.trimEnd().length) throw new Refusal(open.start, open.end, "the ( is never closed");
    throw notTheEnd(text, token, true);
  }

  function call(name: Token, negated: boolean): Call {
    const written = source.slice(name.start, name.end);
    const matcher = spelledOut(options.kind, written);
    const known = matcher === undefined ? undefined : matcherOf(options.kind, matcher);
    if (matcher === undefined || known === undefined) throw unknownMatcher(written, name, options.kind);
    if (token.is !== "(") throw new Refusal(name.start, name.end, `${matcher} has no value; write ${known.example}`);
    const open = advance();
    const values: Token[] = [];
    let wanting = false;
    while (now() === "text") {
      values.push(advance());
      wanting = true;
      // Go lets `...` follow the last argument, and predicate ignores it (seen on 3.7.15).
      const spread = now() === "...";
      if (spread) advance();
      if (now() !== ",") break;
      advance();
      wanting = spread;
      if (spread) break;
    }
    if (now() !== ")" && token.start < source.trimEnd().length) throw noArgument(token, wanting, known.example);
    const { end } = close(open, source);
    checkCall({ matcher, known, values, start: name.start, end, source }, options);
    return { is: "call", matcher, values: values.map(({ literal }) => literal?.value ?? ""), negated };
  }
}
