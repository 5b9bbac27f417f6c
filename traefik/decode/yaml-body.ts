import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parse,
  parseAllDocuments,
  type YAMLMap,
  type Scalar as YamlScalar,
} from "yaml";
import { deepest, exceeds } from "../../files/yaml-bounds.ts";
import { goKinds, plainScalar, type Scalar, textScalar } from "./scalar.ts";
import { type Entry, type Finding, keyName, type Span, type Value } from "./value.ts";
import { aliasesAllowed, badEscape, brokenKey, tabAt, withLineEnds } from "./yaml-tokens.ts";

type Path = readonly (string | number)[];

export interface Body {
  readonly value: Value;
  readonly problems: readonly Finding[];
}

/**
 * Reads a body as Go's yaml.v3 does: the first document of the stream, with its aliases and merges. Whatever that reader
 * refuses is a problem. (Its rules were read in 3.0.1 and seen on Traefik 3.7.15.)
 */
export function readYaml(source: string): Body {
  const text = withLineEnds(source);
  const problems: Finding[] = [];
  const nothing: Value = { is: "null", from: 0, to: 0 };
  // A whole document may be large.
  const deep = exceeds(text, { parts: Infinity, documents: Infinity })?.offset;
  if (deep !== undefined) {
    const message = `is nested deeper than ${deepest} levels, which no document of Traefik's is`;
    return { value: nothing, problems: [{ path: [], from: deep, to: deep + 1, message }] };
  }
  const tab = tabAt(text);
  if (tab !== undefined)
    problems.push({ path: [], from: tab, to: tab + 1, message: "a tab; YAML is indented with spaces" });
  const options = { prettyErrors: false, uniqueKeys: false, resolveKnownTags: false, logLevel: "silent" } as const;
  const [document] = parseAllDocuments(text, options);
  if (!document) return { value: nothing, problems };
  const last = document.contents?.range[1] ?? 0;
  const end = text.slice(last).search(/^(---|\.\.\.)(\s|$)/m);
  // Nothing after the first document, or after its last bracket, is ever read.
  const inBrackets = (isMap(document.contents) || isSeq(document.contents)) && document.contents.flow === true;
  const leftOver = inBrackets && /^\s*([\]},]|\w+\s*$)/.test(text.slice(last));
  for (const { pos, message } of document.errors)
    if (!tolerated(text, pos[0]) && (end < 0 || pos[0] < last + end) && !(leftOver && pos[0] >= last))
      problems.push({ path: [], from: pos[0], to: pos[1], message: `is no YAML: ${message}` });
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const open = new Set<Alias>();
  let [decoded, byAlias, tooMany] = [1, 0, false];

  function say(path: Path, { from, to }: Span, message: string) {
    if (open.size === 0) problems.push({ path: [...path], from, to, message });
  }

  function read(node: Node | null, path: Path, around: Span): Value {
    const [from, to] = node?.range ?? [around.to, around.to];
    const span = { from, to };
    decoded++;
    if (open.size > 0) byAlias++;
    if (byAlias > 100 && decoded > 1000 && byAlias / decoded > aliasesAllowed(decoded)) {
      if (!tooMany) problems.push({ path: [...path], ...span, message: "is too much of aliases" });
      tooMany = true;
    }
    if (node === null || tooMany) return { is: "null", ...span };
    if (isAlias(node)) return readAlias(node, path, span);
    if (node.anchor !== undefined && open.size === 0) anchors.set(node.anchor, node);
    if (isScalar(node)) return { ...readScalar(node, path, span), ...span };
    if (isSeq(node))
      return { is: "list", items: node.items.map((item, i) => read(item as Node, [...path, i], span)), ...span };
    return isMap(node) ? { is: "map", entries: readMap(node, path, span), ...span } : { is: "null", ...span };
  }

  function readAlias(alias: Alias, path: Path, span: Span): Value {
    const target = targets.get(alias) ?? anchors.get(alias.source);
    if (target === undefined) say(path, span, `*${alias.source} stands for nothing`);
    else if (open.has(alias)) problems.push({ path: [...path], ...span, message: "contains itself" });
    else {
      targets.set(alias, target);
      open.add(alias);
      const value = read(target, path, span);
      open.delete(alias);
      return { ...value, ...span };
    }
    return { is: "null", ...span };
  }

  function readMap(map: YAMLMap, path: Path, around: Span): Entry[] {
    const entries: Entry[] = [];
    const merged: Value[] = [];
    const seen = new Set<string>();
    for (const { key: keyNode, value: valueNode } of map.items as { key: Node | null; value: Node | null }[]) {
      const key = read(keyNode, path, around);
      const name = keyName(key);
      const here = name === undefined ? path : [...path, name];
      if (key.is === "list" || key.is === "map") say(path, key, "a list or a map is no key");
      const written = isScalar(keyNode) ? (keyNode.source ?? "") : isAlias(keyNode) ? `*${keyNode.source}` : "{}";
      if (seen.has(written)) say(here, key, "is written twice");
      seen.add(written);
      const broken = keyNode?.range && brokenKey(source, keyNode.range[0], keyNode.range[1], map.flow === true);
      if (broken) say(here, key, broken);
      const value = read(valueNode, here, key);
      if (map.flow && isScalar(valueNode) && valueNode.type === "PLAIN" && valueNode.source?.startsWith(":"))
        say(here, value, "no value in brackets begins with a colon; put it in quotes");
      if (isScalar(keyNode) && keyNode.type === "PLAIN" && keyNode.source === "<<" && !keyNode.tag) {
        const maps = value.is === "list" ? value.items : [value];
        if (maps.some(({ is }) => is !== "map")) say(here, value, "<< merges maps, and nothing else");
        merged.push(...maps);
      } else entries.push({ key, name, value });
    }
    for (const { is, entries: more } of merged.map((one) => (one.is === "map" ? one : { is: "map", entries: [] })))
      for (const entry of is === "map" ? more : [])
        if (!entries.some(({ name }) => name === entry.name)) entries.push(entry);
    return entries;
  }

  function readScalar(node: YamlScalar, path: Path, span: Span): Scalar {
    const raw = text.slice(span.from, span.to);
    const bad = node.type === "QUOTE_DOUBLE" ? badEscape(raw) : undefined;
    if (bad) say(path, { from: span.from + bad.from, to: span.from + bad.to }, bad.message);
    const tag = node.tag?.replace(/^tag:yaml\.org,2002:/, "!!");
    if (node.type === "QUOTE_DOUBLE" && raw.includes("\\'") && !bad) return textScalar(unescaped(raw));
    const content = typeof node.value === "string" && node.type !== "PLAIN" ? node.value : (node.source ?? "");
    const plain = node.type === "PLAIN" || node.type === undefined;
    if (tag === undefined || tag === "!")
      return plain && tag === undefined ? plainScalar(content) : textScalar(content);
    if (!["!!int", "!!float", "!!bool", "!!null", "!!timestamp"].includes(tag)) return textScalar(content);
    const read = plainScalar(content);
    const kind =
      read.is === "scalar" ? { 1: "!!bool", 2: "!!int", 11: "!!int", 14: "!!float" }[read.kind] : `!!${read.is}`;
    if (tag === "!!float" && kind === "!!int") return { ...read, kind: goKinds.float } as Scalar;
    if (kind !== tag && !(kind === "!!time" && tag === "!!timestamp")) say(path, span, `is no ${tag}`);
    return read;
  }

  const value = read(document.contents as Node | null, [], { from: 0, to: 0 });
  return { value, problems };
}

/** Double-quoted text with `\'`, which the YAML library does not read. */
function unescaped(raw: string): string {
  return String(parse(raw.replace(/\\(.)/gs, (pair, escaped) => (escaped === "'" ? "'" : pair))));
}

/** What the YAML library refuses and Go's accepts: `\'` in double quotes. */
function tolerated(text: string, at: number): boolean {
  return text.startsWith("\\'", at);
}
