import { didYouMean } from "../../files/did-you-mean.ts";
import { matcherNames, spelledOut } from "./matchers.ts";
import { Refusal } from "./refusal.ts";
import type { RuleKind } from "./rule.ts";
import type { Token } from "./scan.ts";

// No message repeats values from a rule: they may be secrets, and messages are logged.

/** Words and signs of other languages, and how a rule has them. */
const meant: Readonly<Record<string, string>> = { and: "&&", or: "||", not: "!", "&": "&&", "|": "||", "+": "&&" };

/** Traefik v2's matchers and their v3 equivalents. */
const formerly: Readonly<Record<string, string>> = {
  headers: "Header(`Key`, `value`)",
  headersregexp: "HeaderRegexp(`Key`, `^value$`)",
  hostheader: "Host(`example.com`)",
};

function instead(word: string): string | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(meant, lower) ? `${lower} is written ${meant[lower]}` : undefined;
}

/** For a name that no matcher has. */
export function unknownMatcher(written: string, { start, end }: Token, kind: RuleKind): Refusal {
  const refused = (message: string) => new Refusal(start, end, message);
  const sign = instead(written);
  if (sign !== undefined) return refused(sign);
  const lower = written.toLowerCase();
  const exact = matcherNames(kind).find((name) => name.toLowerCase() === lower);
  if (exact !== undefined) return refused(`Traefik does not take this spelling; write ${exact}`);
  if (kind === "http" && Object.hasOwn(formerly, lower))
    return refused(`a matcher of Traefik v2; in v3 write ${formerly[lower]}`);
  const other: RuleKind = kind === "http" ? "tcp" : "http";
  const name = spelledOut(other, written);
  if (name !== undefined) {
    const pair = kind === "http" ? name.replace("SNI", "") : name.replace("Host", "HostSNI");
    const cure = matcherNames(kind).includes(pair) ? `; write ${pair}` : "";
    return refused(`${name} is for ${other.toUpperCase()} routers${cure}`);
  }
  const names = matcherNames(kind);
  return refused(`there is no such matcher${didYouMean(written, names) || `; there are ${names.join(", ")}`}`);
}

/** Of what stands where a matcher should. */
export function noOperand(source: string, { is, start, end }: Token): Refusal {
  const refused = (message: string) => new Refusal(start, end, message);
  if (source.trim() === "") return refused("a rule is not empty; write Host(`example.com`)");
  if (is === "end" || is === "line end") return refused("a matcher is missing at the end, such as Host(`example.com`)");
  if (is === "text") return refused("text alone matches nothing; write Host(...) around it");
  return refused(instead(source.slice(start, end)) ?? "a matcher is missing before this");
}

/** Of what stands where the rule, or what is in parentheses, should be over or go on with an operator. */
export function notTheEnd(source: string, { is, start, end }: Token, inside = false): Refusal {
  const refused = (message: string) => new Refusal(start, end, message);
  if (is === "line end" && inside)
    return refused("put && or || at the end of a line, and the ) on the line of what it closes");
  if (is === "line end") return refused("the line's end ends the rule; put && or || before it, not on the next line");
  if (is === ")") return refused("the ) closes nothing");
  const sign = instead(source.slice(start, end));
  if (sign !== undefined) return refused(sign);
  if (is === "name" || is === "(" || is === "text" || is === "!") return refused("&& or || is missing before this");
  return refused("this has no place in a rule; there are &&, || and !");
}

/** Of what stands between a matcher's parentheses and is no text. */
export function noArgument({ is, start, end }: Token, after: boolean, example: string): Refusal {
  const refused = (message: string) => new Refusal(start, end, message);
  if (is === "line end") return refused("the value's line ends here; put the , or the ) on it");
  if (after) return refused("a , or a ) is missing before this");
  if (is === "," || is === "...") return refused("a value is missing before this");
  return refused(`a value is quoted, as in ${example}`);
}
