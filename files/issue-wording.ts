import type { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";

/** The end of the message for a value that would be text in quotes. */
export const inQuotes = "; put it in quotes";

/**
 * The messages for issues that a schema has no message of its own for, worded for people who write YAML. They never repeat
 * a value: it may be a secret, and messages are logged.
 */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${names[issue.expected] ?? issue.expected}, not ${kindOf(issue.input, issue.expected)}`;
    case "invalid_value": {
      const values = issue.values.map(String);
      const hint = typeof issue.input === "string" ? didYouMean(issue.input, values) : "";
      return `must be ${alternatives(values)}${hint}`;
    }
    case "too_small":
      if (issue.origin === "string")
        return Number(issue.minimum) <= 1 ? "must not be empty" : `must have ${issue.minimum} characters or more`;
      if (issue.origin === "array") return `must hold ${issue.minimum} or more`;
      return `must be ${issue.minimum} or more`;
    case "too_big":
      if (issue.origin === "string") return `must have ${issue.maximum} characters or fewer`;
      if (issue.origin === "array") return `must hold ${issue.maximum} or fewer`;
      return `must be ${issue.maximum} or less`;
    default:
      return undefined;
  }
}

const names: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function kindOf(value: unknown, expected: string): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return isQuoted(value, expected) ? "text; write it without quotes" : "text";
  const cure = expected === "string" ? inQuotes : "";
  if (typeof value === "boolean") return `true or false${cure}`;
  return expected === "string" ? `a number${cure}` : expected === "int" ? "one with a fraction" : "a number";
}

/** Whether text is what is expected, but for its quotes. */
function isQuoted(text: string, expected: string): boolean {
  if (expected === "boolean") return text === "true" || text === "false";
  return (expected === "number" || expected === "int") && text.trim() !== "" && Number.isFinite(Number(text));
}

/** `"a", "b" or "c"`. */
function alternatives(values: readonly string[]): string {
  const quoted = values.map((value) => `"${value}"`);
  const last = quoted.pop() ?? "";
  return quoted.length > 0 ? `${quoted.join(", ")} or ${last}` : last;
}
