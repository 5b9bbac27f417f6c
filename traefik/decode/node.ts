import { byCodePoint } from "../../files/by-code-point.ts";
import { goKinds } from "./scalar.ts";
import type { Entry, Finding, Span, Value } from "./value.ts";

/** What Traefik's decoder makes of a value before it looks at any field: a name with text, children or both. */
export interface DecoderNode extends Span {
  readonly name: string;
  readonly key: Span;
  readonly value: string;
  readonly children: readonly DecoderNode[];
  readonly written: Value["is"];
  /** The items of a list that are not maps. */
  readonly items: readonly string[];
}

/** Traefik's own separator: it writes lists as `║24║a║b`. */
export const separator = "\u2551";

type Path = readonly (string | number)[];

/** The children of a map, by their names. Null is left out; a value that can't be a node is a problem. */
export function nodesOf(entries: readonly Entry[], path: Path, problems: Finding[]): DecoderNode[] {
  return entries
    .flatMap(({ key, name, value }) => {
      if (name === undefined || value.is === "null") return [];
      return [nodeOf(name, key, value, [...path, name], problems)];
    })
    .sort((a, b) => byCodePoint(a.name, b.name));
}

function nodeOf(name: string, key: Span, value: Value, path: Path, problems: Finding[]): DecoderNode {
  const node = { name, key, from: value.from, to: value.to, written: value.is, value: "", items: [], children: [] };
  if (value.is === "scalar") return { ...node, value: value.text };
  if (value.is === "map") return { ...node, children: nodesOf(value.entries, path, problems) };
  if (value.is === "list") return { ...node, ...listNode(value.items, path, problems) };
  if (value.is === "time") problems.push({ path, from: value.from, to: value.to, message: dated });
  return node;
}

const dated = "is a date to YAML, and Traefik takes none; put it in quotes";

function listNode(list: readonly Value[], path: Path, problems: Finding[]) {
  const items: string[] = [];
  const children: DecoderNode[] = [];
  let kind = 0;
  for (const [index, item] of list.entries()) {
    const here = [...path, index];
    const refuse = (message: string) => problems.push({ path: here, from: item.from, to: item.to, message });
    if (item.is === "map") {
      children.push(nodeOf(`[${index}]`, item, item, here, problems));
      kind = Math.max(kind, goKinds.map);
    } else if (item.is === "scalar") {
      items.push(item.text);
      kind = Math.max(kind, item.kind);
    } else if (item.is === "null") refuse("null is not an item of a list; leave it out");
    else refuse(item.is === "time" ? dated : "a list in a list is nothing that Traefik takes");
  }
  const value = items.length > 0 ? [separator, kind, separator, items.join(separator)].join("") : "";
  return { items, children, value };
}
