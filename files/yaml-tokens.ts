import { CST, isCollection, isMap, isScalar, type Pair, type YAMLMap } from "yaml";
import type { WrittenPair } from "./yaml-value.ts";

/** A pair of a map with its source tokens. */
export type TokenPair = WrittenPair & { readonly srcToken?: Pair["srcToken"] };

/** An item of a collection as the parser saw it. */
export type TokenItem = CST.CollectionItem;

/** The pair with a key; keys are compared as text. */
export function pairOf(map: YAMLMap, key: PropertyKey): TokenPair | undefined {
  return pairsOf(map).find((pair) => isScalar(pair.key) && String(pair.key.value ?? "") === String(key));
}

export function pairsOf(map: YAMLMap): readonly TokenPair[] {
  return map.items as unknown as TokenPair[];
}

/** Whether a collection is in block style, not in brackets. */
export function isBlock(node: unknown): boolean {
  return isCollection(node) && node.srcToken !== undefined && CST.isCollection(node.srcToken) && !isFlow(node.srcToken);
}

/** The number of spaces by which nested maps of a document are indented. */
export function indentStep(text: string, root: YAMLMap): number {
  for (const { value } of pairsOf(root))
    if (isMap(value) && isBlock(value)) {
      const step = columnOf(text, value.range?.[0] ?? 0) - columnOf(text, root.range?.[0] ?? 0);
      if (step > 0) return step;
    }
  return 2;
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

/** The start of an item: that of its indicator, or of its key's tag or anchor, else that of the key. */
export function startOf(item: TokenItem): number | undefined {
  return item.start.find(isWritten)?.offset ?? item.key?.offset ?? item.sep?.find(isWritten)?.offset;
}

/** The end of an item, without the comments and line breaks after it. */
export function endOf({ start, key, sep = [], value }: TokenItem): number | undefined {
  return endOfToken(value) ?? endOfLast(sep) ?? endOfToken(key) ?? endOfLast(start);
}

/** The tags and anchors before a value. */
export function propertiesOf({ sep = [] }: TokenItem): CST.SourceToken[] {
  return sep.filter(({ type }) => type === "tag" || type === "anchor");
}

export function endOfSource({ offset, source }: { readonly offset: number; readonly source: string }): number {
  return offset + source.length;
}

function endOfToken(token: CST.Token | null | undefined): number | undefined {
  if (!token) return undefined;
  if (token.type === "block-scalar") {
    const header = token.props.at(-1);
    return (header && "source" in header ? endOfSource(header) : token.offset) + token.source.length;
  }
  if (CST.isCollection(token)) {
    if (isFlow(token)) return token.end.filter(({ type }) => type.startsWith("flow-")).map(endOfSource)[0];
    return [...token.items]
      .reverse()
      .map(endOf)
      .find((end) => end !== undefined);
  }
  return "source" in token && token.source !== "" ? endOfSource(token) : undefined;
}

function endOfLast(tokens: readonly CST.SourceToken[]): number | undefined {
  const last = tokens.filter(isWritten).at(-1);
  return last && endOfSource(last);
}

function isWritten({ type }: CST.SourceToken): boolean {
  return type !== "space" && type !== "newline" && type !== "comment" && type !== "comma";
}

function isFlow(token: CST.Token): token is CST.FlowCollection {
  return token.type === "flow-collection";
}
