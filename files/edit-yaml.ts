import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from "yaml";
import { type KeyPath, valueAt, writePath } from "./key-path.ts";
import { sourceText } from "./source-text.ts";
import { parseDocuments } from "./yaml-document.ts";
import { pairOf } from "./yaml-places.ts";
import { additions, nested, removals, replacements, type Splice, spliced } from "./yaml-splices.ts";
import type { WrittenPair } from "./yaml-value.ts";

/** What an edit can write. */
export type EditScalar = string | number;

/**
 * The text of a YAML file with another scalar at a path of one of its documents, or without the key if the value is undefined.
 * Every other byte stays: comments, quotes, blank lines, line breaks, the other documents.
 *
 * Documents are counted from 0, as `parseDocuments` counts them; a path leads through maps, and through maps in lists. A missing key is added
 * at the end of its map, with the missing maps around it. A map whose last key is removed is removed with it. If the value is already
 * set, or the key to remove is missing, nothing changes.
 *
 * The new text is read again before it is returned, and must hold exactly the old values except this one. Otherwise it throws an
 * Error with the line and the cure: the value is behind an alias, or has aliases, or is a map or a list.
 */
export function editYaml(text: string, document: number, path: KeyPath, value: EditScalar | undefined): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const body = text.slice(mark.length);
  const values = readValues(body);
  if (values === undefined) throw new Error("the file has errors; `rollcall check` names them");
  if (document >= values.length) throw new Error(`the file has no document ${document}, only ${values.length}`);
  if (Object.is(valueAt(values[document], path), value)) return text;
  const wanted = values.map((one, index) => (index === document ? edited(one, path, value) : one));
  const { splices, line } = findSplices(body, document, path, value);
  const result = splices.map((one) => spliced(body, one)).find((one) => isDeepStrictEqual(readValues(one), wanted));
  if (result !== undefined) return mark + result;
  throw new Error(`line ${line}: ${writePath(path)} cannot be changed without changing more; edit the file by hand`);
}

/** The plain values of the documents; undefined if one has a problem. */
function readValues(text: string): unknown[] | undefined {
  const { documents, problems } = parseDocuments("", new TextEncoder().encode(text));
  return problems.length > 0 ? undefined : documents.map(({ value }) => value);
}

/** The same edit of a plain value. */
function edited(value: unknown, [key = "", ...rest]: KeyPath, scalar: EditScalar | undefined): unknown {
  const map = (Array.isArray(value) ? [...value] : { ...(value as object | null) }) as Record<PropertyKey, unknown>;
  const inner = rest.length === 0 ? scalar : edited(map[key], rest, scalar);
  const isGone = inner === undefined || (scalar === undefined && isDeepStrictEqual(inner, {}));
  if (isGone) delete map[key];
  else map[key] = inner;
  return map;
}

interface Found {
  /** Ways to make the edit, the best first. */
  readonly splices: readonly (readonly Splice[])[];
  /** The line, from 1, that is changed. */
  readonly line: number;
}

/** Walks down the path to where the text has to change. */
function findSplices(text: string, index: number, path: KeyPath, scalar: EditScalar | undefined): Found {
  const documents = parseAllDocuments(text, {
    keepSourceTokens: true,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: "silent",
  });
  const document = documents[index] as Document | undefined;
  const root = document?.contents;
  const { lineOf } = sourceText("", text);
  const lineAt = (node: Node | null | undefined) => lineOf(node?.range?.[0] ?? document?.range?.[0] ?? 0);
  if (!document || !isMap(root)) throw new Error(`line ${lineAt(root)}: the document is not a map of keys`);

  function refuseShared(node: Node | null, name: string) {
    const anchor = node && "anchor" in node ? node.anchor : undefined;
    const alias = anchor === undefined ? undefined : aliasOf(document, anchor);
    if (alias === undefined) return;
    const cure = `write the value out on line ${lineAt(alias)} first, in place of *${anchor}`;
    throw new Error(`line ${lineAt(node)}: ${name} is &${anchor}, and would change wherever *${anchor} is; ${cure}`);
  }

  const trail: { map: YAMLMap; pair: WrittenPair }[] = [];
  refuseShared(root, "the document");
  for (let [map, depth] = [root as YAMLMap, 0]; ; depth++) {
    const [pair, keys] = [pairOf(map, path[depth] ?? ""), path.slice(depth + 1)];
    if (!pair) {
      const content = { keys: path.slice(depth), scalar: scalar ?? "" };
      return { splices: additions(text, root, map, content), line: lineAt(map) };
    }
    const name = writePath(path.slice(0, depth + 1));
    const line = lineAt(pair.key);
    const { value } = pair;
    refuseShared(value, name);
    trail.push({ map, pair });
    if (keys.length === 0) {
      if (scalar === undefined) return { splices: removalsOf(text, trail), line };
      if (value !== null && !isScalar(value) && !isAlias(value))
        throw new Error(`line ${line}: ${name} is a map or a list, not one value; edit the file by hand`);
      return { splices: replacements(text, pair, { keys, scalar }, map.flow === true), line };
    }
    if (isAlias(value))
      throw new Error(`line ${line}: ${name} is the alias *${value.source}; write the map out in its place`);
    const item = isSeq(value) && keys.length > 1 ? value.items[Number(keys[0])] : undefined;
    if (isMap(value)) map = value;
    else if (isMap(item)) {
      refuseShared(item, writePath(path.slice(0, depth + 2)));
      [map, depth] = [item, depth + 1];
    } else if (scalar !== undefined && (value === null || (isScalar(value) && value.value === null))) {
      const lines = map.flow ? [] : nested(text, root, map, pair, { keys, scalar });
      return { splices: [...lines, ...replacements(text, pair, { keys, scalar }, map.flow === true)], line };
    } else throw new Error(`line ${line}: ${name} is not a map of keys; edit the file by hand`);
  }
}

/** Removes the last pair of the trail, with the maps around it that would become empty. */
function removalsOf(text: string, trail: readonly { map: YAMLMap; pair: WrittenPair }[]): Splice[][] {
  const inner = trail.findLast(({ map }, depth) => depth === 0 || map.items.length > 1);
  return inner ? removals(text, inner.map, inner.pair) : [];
}

function aliasOf(document: Document | undefined, anchor: string): Node | undefined {
  let found: Node | undefined;
  if (document)
    visit(document, {
      Alias(_, alias) {
        if (alias.source !== anchor) return undefined;
        found = alias;
        return visit.BREAK;
      },
    });
  return found;
}
