import { dirname, join } from "node:path";
import { byCodePoint } from "../files/by-code-point.ts";
import { type ParseFiles, parseOnce } from "../files/parse-once.ts";
import { byPlace, type Problem } from "../files/problem.ts";
import type { Reading } from "../files/read-directory.ts";
import { validate } from "../files/validate.ts";
import { parseDocuments, problemAt, type YamlDocument } from "../files/yaml-document.ts";
import { asTraefikReads } from "./as-traefik-reads.ts";
import type { Gate } from "./gate.ts";
import { type Group, groupSchemas } from "./group.ts";
import { type Claim, claimProblems, type GroupContext, namingProblems, readClaim } from "./group-claims.ts";
import { protocolOf } from "./group-service.ts";
import { type GivenAddresses, givenAddresses, sharedAddresses } from "./instance-addresses.ts";
import { type Attached, contentOf, namedIn, withContents } from "./instance-contents.ts";
import { deviceProblems } from "./instance-schema.ts";
import type { Placement } from "./placed.ts";
import { countOf, spreadSchema } from "./spread-schema.ts";

export type { GroupContext };

/** A group with its source and its gate: its own, else that of the context. Its replicas include those that its rollout has added. */
export type DeclaredGroup = Omit<Group, "source" | "spread"> & Placement & { readonly gate: Gate };

export type Loaded =
  | { readonly ok: true; readonly groups: readonly DeclaredGroup[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The number of problems reported for one file. */
const mostOfOneFile = 100;

/** What one file declares by itself. */
export interface GroupFile {
  readonly groups: readonly Group[];
  readonly claims: readonly Claim[];
  readonly addresses: readonly GivenAddresses[];
  /** The files that it names, each with the place where it does. */
  readonly named: readonly { readonly at: Problem; readonly file: string }[];
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
    const addresses: GivenAddresses[] = [];
    const named: GroupFile["named"][number][] = [];
    for (const document of parsed.documents.map(withCount)) {
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
      for (const { path, file } of namedIn(document.value)) named.push({ at: problemAt(document, path, ""), file });
      const claim = readClaim(document, schemas.http, context);
      claims.push(claim);
      if (validated.ok)
        addresses.push(
          ...givenAddresses(
            validated.value.instance?.devices ?? {},
            (path) => problemAt(document, path, ""),
            (index) => placeOf(claim, index),
          ),
        );
      found.push(namingProblems(document, claim, context));
    }
    return { groups, claims, addresses, named, problems: found.flat() };
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
  const parsed = parse(reading.files);
  const files = [...parsed.values()];
  const claims = files.flatMap((one) => one.claims);
  const contents = [...parsed].map(([file, one]) => {
    const attached: Attached = (name) => reading.attached.get(join(dirname(file), name));
    const groups = one.groups.map((group) => withContents(group, attached));
    const problems = one.named.flatMap(({ at, file: name }): Problem[] => {
      const content = contentOf(name, attached);
      return "problem" in content ? [{ ...at, message: `${name} ${content.problem}` }] : [];
    });
    return { groups, problems };
  });
  const groups = contents.flatMap((one) => one.groups);
  const shared = sharedAddresses(files.flatMap((one) => one.addresses));
  const own = [...files, ...contents].map((one) => one.problems);
  const problems = [reading.problems, ...own, claimProblems(claims), shared].flat();
  if (problems.length > 0) return { ok: false, problems: limited(problems.sort(byPlace)) };
  const only = context.sources[0]?.name ?? "";
  const declared = groups.map(({ source = only, spread, gate = context.gate, ...group }): DeclaredGroup => {
    return { ...group, ...(spread ? { spread } : { source }), gate };
  });
  return { ok: true, groups: declared.sort((a, b) => byCodePoint(a.name, b.name)) };
}

/** The source and project of a replica, as far as a document says so. */
function placeOf({ replicas, placement, project }: Claim, index: number): string {
  return `${replicas[index]?.source ?? placement?.source}/${project}`;
}

/** A spread that says how many replicas each source has needs no `replicas` beside it. */
function withCount(document: YamlDocument): YamlDocument {
  const { spread, replicas } = (document.value ?? {}) as { readonly spread?: unknown; readonly replicas?: unknown };
  const count = replicas === undefined ? countOf(spreadSchema.safeParse(spread).data) : undefined;
  return count === undefined ? document : { ...document, value: { ...(document.value as object), replicas: count } };
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
