import { isCollection, isMap, type Node, type YAMLMap } from "yaml";
import type { WrittenPair } from "./yaml-value.ts";

/** Where the parts of a parsed YAML text are, as offsets into it. */

/** The pair with a key; keys are compared as text. */
export function pairOf(map: YAMLMap, key: PropertyKey): WrittenPair | undefined {
  return pairsOf(map).find((pair) => String("value" in pair.key ? (pair.key.value ?? "") : "") === String(key));
}

export function pairsOf(map: YAMLMap): readonly WrittenPair[] {
  return map.items as unknown as WrittenPair[];
}

export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** The end of a pair without the spaces, comments and line breaks after it. */
export function endOf(text: string, { key, value }: WrittenPair): number {
  const node = value ?? key;
  if (isCollection(node) && !node.flow) {
    const last = node.items.at(-1);
    return endOf(text, isMap(node) ? (last as WrittenPair) : { key: node, value: last as Node });
  }
  const end = node.range?.[1] ?? 0;
  return value && startOf(value) === end ? text.slice(0, end).trimEnd().length : end;
}

/** The number of spaces by which nested maps of a document are indented. */
export function indentStep(text: string, root: YAMLMap): number {
  const nested = pairsOf(root).find(({ value }) => isMap(value) && !value.flow)?.value;
  return nested ? columnOf(text, startOf(nested)) - columnOf(text, startOf(root)) : 2;
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

/** The end of the line, without its line break, on which something ends. Text that ends with a line break ends on the line before. */
export function lineEnd(text: string, end: number): number {
  const broken = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
  const at = broken < 0 ? text.length : broken;
  return text[at - 1] === "\r" ? at - 1 : at;
}

/** The line break to use at an offset: that of its line, else that of the line before. */
export function lineBreak(text: string, offset: number): string {
  const next = text.indexOf("\n", offset);
  const at = next < 0 ? text.lastIndexOf("\n", offset) : next;
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}
