import type { Rule } from "./rule.ts";

/**
 * What of a rule is Traefik v2's syntax, which v3 takes as text, each with what to write instead: `{name}`, `{name:regexp}` and
 * `Query(a=b)`. It quotes nothing from the rule. (Seen on 3.7.15.)
 */
export function formerSyntax(rule: Rule): string[] {
  if (rule.is !== "call") return [...new Set(rule.rules.flatMap(formerSyntax))];
  const { matcher, values } = rule;
  const cure = cures[matcher];
  if (cure === undefined) return [];
  if (matcher === "Query" && values[0]?.includes("="))
    return [`Query with a = in its name is Traefik v2's syntax, and v3 takes it as text; write ${cure}`];
  if (!values.some((value) => placeholder.test(value))) return [];
  return [`${matcher} with {name} or {name:regexp} is Traefik v2's syntax, and v3 takes it as text; write ${cure}`];
}

/** Neither a count of repetitions nor a class of characters, as in `a{2,3}` and `\p{Greek}`, nor an escaped brace. */
const placeholder = /(?<!\\[pPx]?)\{[A-Za-z_][\w-]{0,60}(:.{0,200})?\}/s;

const [host, path] = ["HostRegexp(`^[a-z]+\\.example\\.com$`)", "PathRegexp(`^/products/[0-9]+`)"];

/** The matchers that had placeholders in v2, and what to write in v3. */
const cures: Readonly<Record<string, string>> = {
  Host: host,
  HostRegexp: host,
  HostSNIRegexp: "HostSNIRegexp(`^[a-z]+\\.example\\.com$`)",
  Path: path,
  PathPrefix: path,
  PathRegexp: path,
  Query: "Query(`mobile`, `true`)",
  QueryRegexp: "QueryRegexp(`mobile`, `^t`)",
};
