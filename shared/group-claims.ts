import { didYouMean } from "../files/did-you-mean.ts";
import type { Problem } from "../files/problem.ts";
import { type Place, problemAt, type YamlDocument } from "../files/yaml-document.ts";
import type { Gate } from "./gate.ts";
import type { GroupSchemas } from "./group.ts";
import { type Placed, type Placement, placed, sourcesOf } from "./placed.ts";
import { lackingOn, platformOf, type SourcePlatform } from "./platforms.ts";
import { isReplicaName } from "./replica-names.ts";
import { countOf, spreadSchema } from "./spread-schema.ts";
import { tags } from "./tags.ts";

/** The parts of the configuration that a group file depends on. */
export interface GroupContext {
  /** The version of Traefik that reads the document. */
  readonly traefik: string;
  /** The gate of a group without its own. */
  readonly gate: Gate;
  /** Whether instances are created from the files: then each group needs an image. */
  readonly makes?: boolean;
  readonly sources: readonly (SourcePlatform & {
    readonly name: string;
    readonly projects: readonly string[] | "all";
  })[];
}

/** What a document claims for its group among the others; only what can be read, so that another mistake hides nothing. */
export interface Claim {
  /** Where the name is. */
  readonly at: Place;
  readonly name: string | undefined;
  /** The only source, if the document names none. */
  readonly placement: Placement | undefined;
  readonly project: string | undefined;
  /** None for a group with a selector. */
  readonly replicas: readonly Placed[];
}

export function readClaim(document: YamlDocument, schema: GroupSchemas["http"], { sources }: GroupContext): Claim {
  const written = document.value as Record<string, unknown>;
  const name = schema.shape.name.safeParse(written.name).data;
  const replicas = schema.shape.replicas.safeParse(written.replicas).data;
  const only = sources.length === 1 && written.spread === undefined && written.source === undefined;
  const source = only ? sources[0]?.name : schema.shape.source.safeParse(written.source).data;
  const spread = schema.shape.spread.safeParse(written.spread).data;
  const placement = spread ? { spread } : source === undefined ? undefined : { source };
  const isCounted =
    replicas !== undefined && written.selector === undefined && replicas === (countOf(spread) ?? replicas);
  return {
    at: document.at(["name"], "value"),
    name,
    placement,
    project: schema.shape.project.safeParse(written.project).data,
    replicas: name !== undefined && isCounted ? placed({ name, replicas, ...(placement ?? { source: "" }) }) : [],
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
  const rosters = [...first.values()].flatMap((claim) =>
    [...new Set(claim.replicas.map(({ source }) => source))].map((on) => ({
      claim,
      place: `${on}/${claim.project}`,
      names: claim.replicas.filter(({ source }) => source === on).map(({ name }) => name),
    })),
  );
  const shared = collisions(rosters).map(({ name, one: { claim }, other }) => {
    const message = `its replica ${name} is one of the group at ${placeOf(other.claim)} too`;
    return { ...claim.at, path: "name", message };
  });
  return [...twice, ...shared];
}

/** Problems of the source, the project and the replicas that a document names. */
export function namingProblems(document: YamlDocument, claim: Claim, context: GroupContext): Problem[] {
  const imageless = context.makes ? imageProblems(document) : [];
  return [
    ...sourceProblems(document, claim, context),
    ...countProblems(document),
    ...weightProblems(document, claim),
    ...imageless,
    ...platformProblems(document, claim, context),
  ];
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

/** Checks that each source is configured, and that the project is one of its own. */
function sourceProblems(document: YamlDocument, { placement, project }: Claim, { sources }: GroupContext): Problem[] {
  const names = sources.map(({ name }) => name);
  const written = document.value as Record<string, unknown>;
  if (placement === undefined) {
    const message = `is required because there are several sources: ${names.join(", ")}`;
    return written.source === undefined && written.spread === undefined
      ? [problemAt(document, ["source"], message)]
      : [];
  }
  return sourcesOf(placement).flatMap((name, index) => {
    const found = sources.find((one) => one.name === name);
    if (!found) {
      const message = `there is no source with that name${didYouMean(name, names) || `; there is ${names.join(", ")}`}`;
      if (placement.spread === undefined) return [problemAt(document, ["source"], message)];
      if (Array.isArray(placement.spread)) return [problemAt(document, ["spread", index], message)];
      return [problemAt(document, ["spread", name], message, "key")];
    }
    if (project === undefined || found.projects === "all" || found.projects.includes(project)) return [];
    const message = `source ${name} does not watch project ${project}, only ${found.projects.join(", ")}`;
    return [problemAt(document, ["project"], `${message}${didYouMean(project, found.projects)}`)];
  });
}

/** A spread that says how many replicas each source has says how many there are. */
function countProblems(document: YamlDocument): Problem[] {
  const { replicas, spread } = document.value as { replicas?: unknown; spread?: unknown };
  const count = countOf(spreadSchema.safeParse(spread).data);
  if (count === undefined || typeof replicas !== "number" || replicas === count) return [];
  return [problemAt(document, ["replicas"], `spread has ${count} in all: change its counts, or leave this key out`)];
}

/** What the platform of the group's source can't do. */
function platformProblems(document: YamlDocument, { placement }: Claim, { sources }: GroupContext): Problem[] {
  const named = placement ? sourcesOf(placement) : [];
  const platforms = new Set(sources.filter(({ name }) => named.includes(name)).map(platformOf));
  return [...platforms].flatMap((platform) =>
    lackingOn(platform, document.value).map(({ path, message }) => problemAt(document, path, message, "key")),
  );
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
  const names = replicas.map((one) => one.name);
  return Object.keys(weights)
    .filter((key) => !isReplicaName(key, name))
    .map((key) => {
      const message = `is not the name of a replica, such as ${name}-0${didYouMean(key, names)}`;
      return problemAt(document, ["service", "weights", key], message, "key");
    });
}

function placeOf({ at: { file, line } }: Claim): string {
  return line === undefined ? file : `${file}:${line}`;
}
