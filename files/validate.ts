import type { z } from "zod";
import { didYouMean, nearest } from "./did-you-mean.ts";
import { inQuotes, wording } from "./issue-wording.ts";
import { keysAt, pathOfKey } from "./json-schema.ts";
import { type KeyPath, valueAt, writePath } from "./key-path.ts";
import { type Problem, problemPlace } from "./problem.ts";
import { problemAt, type YamlDocument } from "./yaml-document.ts";

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Issue = z.core.$ZodIssue;

/** Reads a document by a schema. Every place that the schema rejects is a problem; values that could not be read are not reported again. */
export function validate<S extends z.ZodType>(document: YamlDocument, schema: S): Validated<z.output<S>> {
  const result = schema.safeParse(document.value, { error: wording });
  if (result.success) return { ok: true, value: result.data };
  /** The values that would be text in quotes. */
  const unquoted: KeyPath[] = [];
  /** Keys that are present under a wrong name: they are not reported as missing too. */
  const mistyped = new Set<string>();
  /** The schema's keys by place: a file may have very many unknown ones. */
  const keysOf = new Map<string, readonly string[]>();

  function problemsOf(issue: Issue, base: KeyPath): Problem[] {
    const path = [...base, ...issue.path];
    if (document.unread?.(path)) return [];
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key]));
    if (issue.code === "invalid_key")
      return [problemAt(document, path, issue.issues[0]?.message ?? issue.message, "key")];
    if (valueAt(document.value, path) === undefined && isAboutValue(issue))
      return [problemAt(document, path, required)];
    if (issue.code === "invalid_union") return problemsOfUnion(issue, path);
    if (issue.message.endsWith(inQuotes)) unquoted.push(path);
    return [problemAt(document, path, issue.message)];
  }

  /** The issues of the intended alternative, if it is clear; else the union's own issue. */
  function problemsOfUnion(issue: Issue & { code: "invalid_union" }, path: KeyPath): Problem[] {
    const meant = issue.errors.filter((issues) => !issues.some((one) => one.path.length === 0 && isAboutValue(one)));
    if (meant.length === 1) return meant.flat().flatMap((one) => problemsOf(one, path));
    const unknown = meant.map((issues) => issues.flatMap((one) => (isUnknownKeys(one) ? one.keys : [])));
    const everywhere = (unknown[0] ?? []).filter((key) => unknown.every((keys) => keys.includes(key)));
    if (everywhere.length > 0) return everywhere.map((key) => unknownKey([...path, key]));
    const values = issue.errors.flat().flatMap((one) => (one.code === "invalid_value" ? one.values : []));
    const written = valueAt(document.value, path);
    const hint = typeof written === "string" ? didYouMean(written, values.map(String)) : "";
    return [problemAt(document, path, issue.message + hint)];
  }

  function unknownKey(path: KeyPath): Problem {
    const key = String(path.at(-1));
    const around = path.slice(0, -1);
    const place = writePath(around);
    const keys = keysOf.get(place) ?? keysAt(schema, around);
    keysOf.set(place, keys);
    const here = nearest(key, keys);
    if (here !== undefined) mistyped.add(writePath([...around, here]));
    const suggestion = here ?? pathOfKey(schema, key);
    const hint = suggestion === undefined ? "" : `, did you mean "${suggestion}"?`;
    return problemAt(document, path, `unknown key${hint}`, "key");
  }

  const found = result.error.issues.flatMap((issue) => problemsOf(issue, []));
  const said = new Set<string>();
  const problems = found.filter((problem) => {
    const { path, message } = problem;
    // A value of the wrong kind often has a wrong length too: one message is enough.
    const place = problemPlace(problem) + path;
    const isSaid = said.has(place);
    said.add(place);
    return !isSaid && (message !== required || !mistyped.has(path));
  });
  return { ok: false, problems: unquoted.length === 0 ? problems : problems.map(aboutQuoted()) };

  /** Where a value would be refused in quotes too, the problem says what that refusal would. */
  function aboutQuoted(): (problem: Problem) => Problem {
    const again = validate({ ...document, value: quotedAt(document.value, unquoted) }, schema);
    const messages = new Map(again.ok ? [] : again.problems.map(({ path, message }) => [path, message]));
    return (problem) =>
      problem.message.endsWith(inQuotes)
        ? { ...problem, message: messages.get(problem.path) ?? problem.message }
        : problem;
  }
}

/** The value with the scalars at those paths as text. */
function quotedAt(value: unknown, paths: readonly KeyPath[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1)) as Record<PropertyKey, unknown>;
    const key = path.at(-1);
    if (key !== undefined) parent[key] = String(parent[key]);
  }
  return copy;
}

const required = "is required";

/** Whether an issue is about a whole value, not a part or a property of it. */
function isAboutValue({ code }: Issue): boolean {
  return code === "invalid_type" || code === "invalid_value" || code === "invalid_union";
}

function isUnknownKeys(issue: Issue): issue is Issue & { code: "unrecognized_keys" } {
  return issue.code === "unrecognized_keys";
}
