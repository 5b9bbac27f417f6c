import { harmless } from "../files/harmless.ts";
import { valueAt } from "../files/key-path.ts";
import { problemPlace } from "../files/problem.ts";
import type { Reading } from "../files/read-directory.ts";
import { remembering } from "../files/remember.ts";
import { readText } from "../files/source-text.ts";
import { type Place, parseDocuments, type YamlDocument } from "../files/yaml-document.ts";
import { type Remark, remarkLine } from "../server/document/choose.ts";
import { noRoutes, parseRoutes } from "../server/routes/parse-routes.ts";
import type { Wiring } from "../server/wiring.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../traefik/objects/objects.ts";
import { described, referencesOf, targetOf } from "../traefik/objects/references.ts";
import type { CheckInput } from "./check-input.ts";

export interface CheckedRoutes {
  /** How many objects the route files declare, of those that the check is about. */
  readonly objects: number;
  readonly errors: readonly RouteError[];
  /** What is served differently from what is written, and what is noted. */
  readonly warnings: readonly string[];
}

/** A line for a person, and where it is about. */
export interface RouteError {
  readonly line: string;
  readonly place: Place | undefined;
}

/** Reads the route files, and works out what they and the groups come to without any instance. */
export function composeFiles(wiring: Wiring, groups: readonly DeclaredGroup[], reading: Reading) {
  const routes = parseRoutes(reading, wiring.readObject, noRoutes);
  return { routes, composed: wiring.ofFiles(groups, routes) };
}

/** Whether an object in that state is served, so that it is no error. */
export function isWarning(state: Remark["state"]): boolean {
  return state === "altered" || state === "noted";
}

/** Checks the route files together with the groups, whose routers and services are judged too. */
export function checkRoutes(wiring: Wiring, groups: readonly DeclaredGroup[], input: CheckInput): CheckedRoutes {
  const { routes, composed } = composeFiles(wiring, groups, input.routes);
  const isMeant = (place: string) => input.isMeant(place.replace(/(:\d+){1,2}$/, ""));
  const candidates = [...routes.files].flatMap(([file, candidates]) => (input.isMeant(file) ? candidates : []));
  const meant = new Set(candidates.map(({ id }) => id));
  const documents = documentsOf(input.groups);
  const placeOf = placesIn(input.routes.files);
  const remarks = composed.remarks
    .map((remark) => {
      const place = placeInGroup(documents, remark) ?? placeOf(remark.origin);
      const placed = { ...remark, origin: place ? problemPlace(place) : remark.origin };
      return { ...placed, place, line: remarkLine(placed) };
    })
    .filter(({ id, origin }) => meant.has(id) || isMeant(origin));
  const told = (served: boolean) => remarks.filter(({ state }) => isWarning(state) === served);
  const ofMeant = (all: readonly string[]) => all.filter((line) => isMeant(line.split(": ", 1)[0] ?? ""));
  const elsewhere = [...composed.objects].flatMap(([id, value]) =>
    meant.has(id) ? declaredElsewhere(id, value, composed.objects) : [],
  );
  return {
    objects: candidates.length,
    errors: [...ofMeant(routes.problems).map((line) => ({ line, place: placeOf(line) })), ...told(false)],
    warnings: [...ofMeant(routes.warnings ?? []), ...told(true).map(({ line }) => line), ...elsewhere],
  };
}

/** The document that declares each group. */
export function documentsOf({ files }: Reading): ReadonlyMap<string, YamlDocument> {
  const documents = [...files].flatMap(([file, bytes]) => parseDocuments(file, bytes).documents);
  return new Map(documents.map((document) => [String(valueAt(document.value, ["name"])), document]));
}

/** Where a group's file says what a remark is about; undefined if it is about a route file. The remark begins with a key. */
function placeInGroup(documents: ReadonlyMap<string, YamlDocument>, { id, origin, reason }: Remark): Place | undefined {
  const document = origin.startsWith("group ") ? documents.get(origin.slice("group ".length)) : undefined;
  if (!document) return undefined;
  const keys = /^[\w.[\]]+(?=: )/.exec(reason)?.[0].match(/\w+/g) ?? [];
  const path = keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const part = kindOf(id).endsWith(".routers") ? "router" : "service";
  return document.at([part, ...path], "value");
}

/** Finds the place that a text begins with, `routes/shop.yaml:3:5`, in files that were read. */
function placesIn(files: Reading["files"]): (text: string) => Place | undefined {
  const read = remembering((file) => readText(file, files.get(file) ?? new Uint8Array()).source, 10_000);
  return (text) => {
    const [, file = "", line, column] = /^(.+?):(\d+):(\d+)(?=: |$)/.exec(text) ?? [];
    return files.has(file) ? read(file).wordAt(Number(line), Number(column)) : undefined;
  };
}

/** References of an object in a file to objects that only instances may declare. */
function declaredElsewhere(id: ObjectId, value: ObjectValue, objects: ReadonlyMap<ObjectId, ObjectValue>): string[] {
  return referencesOf(id, value)
    .filter((one) => one.kind !== "tls.options" && !one.name.includes("@") && !objects.has(targetOf(one)))
    .map((one) => {
      const target = described(targetOf(one));
      return harmless(`${described(id)}: ${one.path}: no file declares ${target}; an instance may, by labels`);
    });
}
