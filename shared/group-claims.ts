import { didYouMean } from "../files/did-you-mean.ts";
import type { Problem } from "../files/problem.ts";
import { type Place, problemAt, type YamlDocument } from "../files/yaml-document.ts";
import type { Gate } from "./gate.ts";
import type { GroupSchemas } from "./group.ts";
import { isReplicaName, replicaNames } from "./replica-names.ts";
import { tags } from "./tags.ts";

/** The parts of the configuration that a group file depends on. */
export interface GroupContext {
  /** The version of Traefik that reads the document. */
  readonly traefik: string;
  /** The gate of a group without its own. */
  readonly gate: Gate;
  /** Whether instances are created from the files: then each group needs an image. */
  readonly makes?: boolean;
  readonly sources: readonly { readonly name: string; readonly projects: readonly string[] }[];
}

/** What a document claims for its group among the others; only what can be read, so that another mistake hides nothing. */
export interface Claim {
  /** Where the name is. */
  readonly at: Place;
  readonly name: string | undefined;
  /** The only source, if the document names none. */
  readonly source: string | undefined;
  readonly project: string | undefined;
  /** None for a group with a selector. */
  readonly replicas: readonly string[];
}

export function readClaim(document: YamlDocument, schema: GroupSchemas["http"], { sources }: GroupContext): Claim {
  const written = document.value as Record<string, unknown>;
  const name = schema.shape.name.safeParse(written.name).data;
  const replicas = schema.shape.replicas.safeParse(written.replicas).data;
  const source = schema.shape.source.safeParse(written.source).data;
  const only = sources.length === 1 && written.source === undefined ? sources[0]?.name : undefined;
  return {
    at: document.at(["name"], "value"),
    name,
    source: source ?? only,
    project: schema.shape.project.safeParse(written.project).data,
    replicas:
      name === undefined || replicas === undefined || written.selector !== undefined
        ? []
        : replicaNames({ name, replicas }),
  };
}

/** Problems of all groups together. */
export function claimProblems(claims: readonly Claim[]): Problem[] {
  const first = new Map<string, Claim>();
  const twice = claims.flatMap((claim) => {
    if (claim.name === undefined) return [];
    const other = first.get(claim.name);
    if (!other) first.set(claim.name, claim);
    return other
      ? [{ ...claim.at, path: "name", message: `"${claim.name}" is declared at ${placeOf(other)} too` }]
      : [];
  });
  const rosters = [...first.values()].map((claim) => ({
    claim,
    place: `${claim.source}/${claim.project}`,
    names: claim.replicas,
  }));
  const shared = collisions(rosters).map(({ name, one: { claim }, other }) => {
    const message = `its replica ${name} is one of the group at ${placeOf(other.claim)} too`;
    return { ...claim.at, path: "name", message };
  });
  return [...twice, ...shared];
}

/** Problems of the source, the project and the replicas that a document names. */
export function namingProblems(document: YamlDocument, claim: Claim, context: GroupContext): Problem[] {
  const imageless = context.makes ? imageProblems(document) : [];
  return [...sourceProblems(document, claim, context), ...weightProblems(document, claim), ...imageless];
}

/** The first name of each roster that an earlier roster of the same project has too. */
export function collisions<R extends { readonly place: string; readonly names: readonly string[] }>(
  rosters: readonly R[],
): { readonly name: string; readonly one: R; readonly other: R }[] {
  const owners = new Map<string, R>();
  return rosters.flatMap((one) => {
    const taken = one.names.find((name) => owners.has(`${one.place}/${name}`));
    const other = taken === undefined ? undefined : owners.get(`${one.place}/${taken}`);
    for (const name of one.names) owners.set(`${one.place}/${name}`, one);
    return taken !== undefined && other ? [{ name: taken, one, other }] : [];
  });
}

/** Checks that the source is configured, and that the project is one of the source's. */
function sourceProblems(document: YamlDocument, { source, project }: Claim, { sources }: GroupContext): Problem[] {
  const names = sources.map(({ name }) => name);
  const written = document.value as Record<string, unknown>;
  if (source === undefined) {
    const message = `is required because there are several sources: ${names.join(", ")}`;
    return written.source === undefined ? [problemAt(document, ["source"], message)] : [];
  }
  const found = sources.find(({ name }) => name === source);
  if (!found) {
    const message = `there is no source with that name${didYouMean(source, names) || `; there is ${names.join(", ")}`}`;
    return [problemAt(document, ["source"], message)];
  }
  if (project === undefined || found.projects.includes(project)) return [];
  const message = `source ${source} does not watch project ${project}, only ${found.projects.join(", ")}`;
  return [problemAt(document, ["project"], `${message}${didYouMean(project, found.projects)}`)];
}

/** A group whose instances are created elsewhere selects them with a selector. */
function imageProblems(document: YamlDocument): Problem[] {
  const { instance, selector } = document.value as { instance?: { image?: unknown }; selector?: unknown };
  if (selector !== undefined || instance?.image !== undefined || document.unread?.(["instance"])) return [];
  const cure = `is required to create the instances; if they are created elsewhere, write a selector, such as { key: ${tags.group}, value: NAME }`;
  return [problemAt(document, ["instance", "image"], cure)];
}

/** Weights of names that can't be a replica of any index. A group that is scaled down may keep the weights of removed replicas. */
function weightProblems(document: YamlDocument, { name, replicas }: Claim): Problem[] {
  const { service, selector } = document.value as { service?: { weights?: object | null } | null; selector?: unknown };
  const weights = service?.weights;
  if (name === undefined || selector !== undefined || typeof weights !== "object" || weights === null) return [];
  return Object.keys(weights)
    .filter((key) => !isReplicaName(key, name))
    .map((key) => {
      const message = `is not the name of a replica, such as ${name}-0${didYouMean(key, replicas)}`;
      return problemAt(document, ["service", "weights", key], message, "key");
    });
}

function placeOf({ at: { file, line } }: Claim): string {
  return line === undefined ? file : `${file}:${line}`;
}
