import { createColors } from "picocolors";
import { harmless } from "../files/harmless.ts";
import { hostsOf } from "../traefik/rule/hosts.ts";
import { parseRule } from "../traefik/rule/parse.ts";
import { priorityOf } from "../traefik/rule/priority.ts";
import type { RuleOptions, RuleProblem } from "../traefik/rule/rule.ts";
import { notesOfRule } from "../traefik/rule/unmatched.ts";
import { exitCodes } from "./exit-codes.ts";

export interface CheckRuleOptions extends RuleOptions {
  readonly rule: string;
  readonly colour: boolean;
  readonly write: (text: string) => void;
}

/**
 * Writes what Traefik of that version makes of a rule: the hosts it can match, its priority and what is noted, or where and why
 * it is refused. Returns the exit code: 0, or 1 if it is refused.
 */
export function checkRule({ rule, kind, traefik, colour, write }: CheckRuleOptions): number {
  const reading = parseRule(rule, { kind, traefik });
  if (!reading.ok) {
    write(refused(rule, reading.problem, colour));
    return exitCodes.error;
  }
  const hosts = hostsOf(reading.rule);
  const named = hosts === "any" ? "any host" : hosts.length === 0 ? "no host" : hosts.map(harmless).join(", ");
  const what = `Traefik ${traefik}, ${kind.toUpperCase()}`;
  write(`accepted: ${what}; matches ${named}; priority ${priorityOf(rule, kind)} if none is written\n`);
  for (const note of notesOfRule(reading.rule, traefik)) write(`noted: ${note}\n`);
  return exitCodes.ok;
}

/** The line of the rule with the problem, a caret below it, and the reason. */
function refused(rule: string, { column, width, message }: RuleProblem, colour: boolean): string {
  const { red } = createColors(colour);
  const start = rule.lastIndexOf("\n", column - 2) + 1;
  const line = rule.slice(start).split("\n", 1)[0] ?? "";
  const caret = column - 1 - start;
  const marked = Math.max(1, Math.min(width, line.length - caret));
  return `${harmless(line)}\n${" ".repeat(caret)}${red("^".repeat(marked))}\n${red("rejected")}: column ${column}: ${message}\n`;
}
