/**
 * Says what keeps a rule from being read at all: a quote or a parenthesis without its partner. Undefined when none does.
 * Whether the matchers exist is not looked at. Traefik reads a rule as a Go expression: back-quoted text has no escapes,
 * double-quoted text has Go's, single quotes hold one character and are refused.
 */
export function ruleProblem(rule: string): string | undefined {
  const open: number[] = [];
  for (let i = 0; i < rule.length; i++) {
    const c = rule[i];
    if (c === "'") return `column ${i + 1}: single quotes; write Host(\`example.com\`)`;
    if (c === "`" || c === '"') {
      const end = closing(rule, i);
      if (end < 0) return `column ${i + 1}: the ${c} is never closed`;
      i = end;
    } else if (c === "(") open.push(i);
    else if (c === ")" && open.pop() === undefined) return `column ${i + 1}: the ) closes nothing`;
  }
  const left = open.pop();
  return left === undefined ? undefined : `column ${left + 1}: the ( is never closed`;
}

/** Where the quoted text that opens at `start` ends, or -1. */
function closing(rule: string, start: number): number {
  if (rule[start] === "`") return rule.indexOf("`", start + 1);
  for (let i = start + 1; i < rule.length; i++) {
    if (rule[i] === "\\") i++;
    else if (rule[i] === '"') return i;
  }
  return -1;
}
