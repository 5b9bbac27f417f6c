import { byCodePoint } from "../files/by-code-point.ts";
import { type ParseFiles, parseOnce } from "../files/parse-once.ts";
import { byPlace, type Problem } from "../files/problem.ts";
import type { Reading } from "../files/read-directory.ts";
import { validate } from "../files/validate.ts";
import { parseDocuments, problemAt } from "../files/yaml-document.ts";
import { asTraefikReads } from "./as-traefik-reads.ts";
import type { Gate } from "./gate.ts";
import { type Group, groupSchemas } from "./group.ts";
import { type Claim, claimProblems, type GroupContext, namingProblems, readClaim } from "./group-claims.ts";
import { protocolOf } from "./group-service.ts";
import { deviceProblems } from "./instance-schema.ts";

export type { GroupContext };

/** A group with its source and its gate: its own, else that of the context. Its replicas include those that its rollout has added. */
export type DeclaredGroup = Group & { readonly source: string; readonly gate: Gate };

export type Loaded =
  | { readonly ok: true; readonly groups: readonly DeclaredGroup[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The number of problems reported for one file. */
const mostOfOneFile = 100;

/** What one file declares by itself. */
export interface GroupFile {
  readonly groups: readonly Group[];
  readonly claims: readonly Claim[];
  readonly problems: readonly Problem[];
}

/** Reads one file after the other. */
export function groupFileReader(context: GroupContext): (file: string, bytes: Uint8Array) => GroupFile {
  const schemas = groupSchemas(context.traefik);
  return (file, bytes) => {
    const parsed = parseDocuments(file, bytes);
    // A list of lists: one file may have more problems than a call takes arguments.
    const found = [parsed.problems];
    const groups: Group[] = [];
    const claims: Claim[] = [];
    for (const document of parsed.documents) {
      if (document.value === null) {
        const cure = "is empty: declare a group (name, replicas, service.port) or remove it";
        if (!document.unread?.([])) found.push([problemAt(document, [], cure)]);
        continue;
      }
      const schema = schemas[protocolOf(document.value)];
      const written = validate(document, schema);
      const asRead = written.ok ? undefined : asTraefikReads(document, context.traefik);
      const validated = asRead ? validate(asRead, schema) : written;
      if (validated.ok) {
        const { instance, replicas: written, rollout: { surge = 0 } = {} } = validated.value;
        const replicas = written + surge;
        groups.push({ ...validated.value, replicas });
        const problems = deviceProblems(instance, replicas, surge);
        found.push(problems.map(({ path, message }) => problemAt(document, path, message)));
      } else found.push(validated.problems);
      const claim = readClaim(document, schemas.http, context);
      claims.push(claim);
      found.push(namingProblems(document, claim, context));
    }
    return { groups, claims, problems: found.flat() };
  };
}

/**
 * The groups of a reading, by name in code point order; or every problem of every file, by file, line and column. One problem
 * anywhere means no groups at all: half a reading could remove what its other half declares. No file at all is no group.
 */
export function parseGroups(
  reading: Reading,
  context: GroupContext,
  parse: ParseFiles<GroupFile> = parseOnce(groupFileReader(context)),
): Loaded {
  const files = [...parse(reading.files).values()];
  const claims = files.flatMap((one) => one.claims);
  const groups = files.flatMap((one) => one.groups);
  const problems = [reading.problems, ...files.map((one) => one.problems), claimProblems(claims)].flat();
  if (problems.length > 0) return { ok: false, problems: limited(problems.sort(byPlace)) };
  const only = context.sources[0]?.name ?? "";
  const declared = groups.map((group) => ({
    ...group,
    source: group.source ?? only,
    gate: group.gate ?? context.gate,
  }));
  return { ok: true, groups: declared.sort((a, b) => byCodePoint(a.name, b.name)) };
}

function limited(problems: readonly Problem[]): Problem[] {
  const totals = new Map<string, number>();
  for (const { file } of problems) totals.set(file, (totals.get(file) ?? 0) + 1);
  const seen = new Map<string, number>();
  return problems.flatMap((problem) => {
    const count = (seen.get(problem.file) ?? 0) + 1;
    seen.set(problem.file, count);
    if (count <= mostOfOneFile) return [problem];
    const more = (totals.get(problem.file) ?? 0) - mostOfOneFile;
    return count === mostOfOneFile + 1 ? [{ ...problem, path: "", message: `and ${more} more from here on` }] : [];
  });
}
