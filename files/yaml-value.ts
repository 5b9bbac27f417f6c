import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import type { KeyPath } from "./key-path.ts";

/** A key of a map and its value, as written. */
export interface WrittenPair {
  readonly key: Node;
  readonly value: Node | null;
}

export interface PlainValue {
  /** Maps as objects, lists as arrays, scalars as YAML's core schema reads them; null for an empty value. */
  readonly value: unknown;
  /** The node at a path, and its key if it is in a map. */
  find(path: KeyPath): { readonly key?: Node; readonly value?: Node } | undefined;
}

/** Reports a problem with a node; `first` is the first occurrence of a duplicate key. */
export type Report = (node: Node, path: KeyPath, message: string, first?: Node) => void;

/** The most values that aliases may add to one document: far more than anyone writes, far fewer than an alias bomb expands to. */
const mostFromAliases = 10_000;

/**
 * Turns the nodes of a document into plain values, merges (`<<`) included, in time linear in its size. A node without a plain
 * value is reported and read as null: an alias without an anchor, to itself or to too much, a duplicate key, a number that YAML
 * readers disagree on.
 */
export function plainValue(contents: Node | null, report: Report): PlainValue {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const pairs = new Map<Node, Map<string, WrittenPair>>();
  const open = new Set<Node>();
  let [copying, fromAliases, tooMany] = [0, 0, false];

  function read(node: Node | null, path: KeyPath): unknown {
    if (copying > 0 && ++fromAliases > mostFromAliases) return null;
    if (isAlias(node)) return readAlias(node, path);
    if (node?.anchor && copying === 0) anchors.set(node.anchor, node);
    if (isScalar(node)) return readScalar(node, path);
    if (!isMap(node) && !isSeq(node)) return null;
    open.add(node);
    const value = isMap(node)
      ? readMap(node, path)
      : node.items.map((item, index) => read(item as Node | null, [...path, index]));
    open.delete(node);
    return value;
  }

  function readMap(map: YAMLMap, path: KeyPath): unknown {
    const known = copying > 0 ? new Map<string, WrittenPair>() : pairsOf(map);
    const value: Record<string, unknown> = {};
    const merged: object[] = [];
    for (const item of map.items as unknown as WrittenPair[]) {
      const key = keyText(item.key);
      const first = known.get(key);
      if (key === "__proto__") say(item.key, [...path, key], "a key can't have this name");
      else if (first) say(item.key, [...path, key], "is written twice; remove one", first.key);
      else {
        known.set(key, item);
        const inner = read(item.value, [...path, key]);
        if (!isMergeKey(item.key)) value[key] = inner;
        else if (isPlainMap(inner)) merged.push(inner);
        else if (Array.isArray(inner) && inner.every(isPlainMap)) merged.push(...inner);
        else say(item.key, [...path, key], "<< merges a map or a list of maps, such as *common; in quotes it is a key");
      }
    }
    // The map's own keys win over merged ones; among merged maps the first wins.
    return Object.assign({}, ...merged.reverse(), value);
  }

  function pairsOf(map: Node): Map<string, WrittenPair> {
    const known = pairs.get(map) ?? new Map<string, WrittenPair>();
    pairs.set(map, known);
    return known;
  }

  function readAlias(alias: Node & { source: string }, path: KeyPath): unknown {
    const target = targets.get(alias) ?? anchors.get(alias.source);
    if (!target)
      say(alias, path, `*${alias.source} stands for nothing; write &${alias.source} before the value it means`);
    else if (open.has(target)) say(alias, path, `*${alias.source} contains itself; write the value out`);
    else {
      targets.set(alias, target);
      copying++;
      const value = read(target, path);
      copying--;
      if (fromAliases > mostFromAliases && copying === 0 && !tooMany) {
        say(alias, path, `the aliases up to here stand for more than ${mostFromAliases} values; write fewer`);
        tooMany = true;
      }
      return value;
    }
    return null;
  }

  function readScalar(node: Node & { value: unknown; source?: string }, path: KeyPath): unknown {
    if (typeof node.value === "number" && /^[-+]?0\d/.test(node.source ?? "")) {
      say(node, path, "a number with a leading zero is octal to some readers; write it without, or as text in quotes");
      return null;
    }
    return node.value;
  }

  function say(...[node, path, message, first]: Parameters<Report>) {
    // Problems behind an alias are already reported at its anchor.
    if (copying === 0) report(node, path, message, first);
  }

  const value = read(contents, []);
  return {
    value,
    find(path) {
      let found: { key?: Node; value?: Node } | undefined = contents ? { value: contents } : undefined;
      for (const part of path) {
        const node = found?.value;
        const target = (node && targets.get(node)) ?? node;
        if (isMap(target)) {
          const pair = pairs.get(target)?.get(String(part));
          found = pair && (pair.value ? { key: pair.key, value: pair.value } : { key: pair.key });
        } else if (isSeq(target)) {
          const item = target.items[Number(part)] as Node | undefined;
          found = item && { value: item };
        } else return undefined;
      }
      return found;
    },
  };
}

/** `<<: *common` merges the keys of another map, as in YAML 1.1 and in Traefik. */
function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<";
}

function isPlainMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Keys are read as text; the parser already rejected any key that is not a scalar. */
function keyText(key: Node | null): string {
  return isScalar(key) ? String(key.value ?? "") : "";
}
