import { CST, isScalar, type YAMLMap } from "yaml";
import { blockLines, type Content, flowPair, spell } from "./yaml-spelling.ts";
import {
  columnOf,
  endOf,
  endOfSource,
  indentStep,
  isBlock,
  lineBreak,
  lineEnd,
  lineStart,
  pairsOf,
  propertiesOf,
  startOf,
  type TokenItem,
  type TokenPair,
} from "./yaml-tokens.ts";

/** Another text in place of that between two offsets. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export function spliced(text: string, splices: readonly Splice[]): string {
  const backwards = [...splices].sort((a, b) => b.from - a.from);
  return backwards.reduce((all, { from, to, text: by }) => all.slice(0, from) + by + all.slice(to), text);
}

/** Ways to write another value of a pair, the one that changes least first. */
export function replacements(pair: TokenPair, content: Content, inFlow: boolean): Splice[][] {
  const { key, value, srcToken: item } = pair;
  if (!item) return [];
  const properties = propertiesOf(item);
  const by = spell(content, inFlow, isScalar(value) ? value.type : undefined);
  const [from, to] = value?.range ?? [0, 0];
  const token = content.keys.length === 0 ? value?.srcToken : undefined;
  const changed =
    token && CST.isScalar(token) ? inPlace(token, String(content.scalar), by, inFlow) : { from, to, text: by };
  const replaced = [from < to ? changed : behind(item, key.range?.[1] ?? 0, by)];
  const tags = properties.filter(({ type }) => type === "tag");
  // A tag may say what the new value is not.
  return [replaced, [...replaced, ...tags.map((tag) => ({ from: tag.offset - 1, to: endOfSource(tag), text: "" }))]];
}

/** Another value in a scalar's token. Its spaces, line breaks and comments stay: a block scalar has one behind its header. */
function inPlace(token: CST.FlowScalar | CST.BlockScalar, value: string, spelled: string, inFlow: boolean): Splice {
  const before = CST.stringify(token);
  const changed = structuredClone(token);
  const type = spelled.startsWith('"') ? "QUOTE_DOUBLE" : spelled.startsWith("'") ? "QUOTE_SINGLE" : "PLAIN";
  // As if it were a key: on one line.
  CST.setScalarValue(changed, value, { implicitKey: true, inFlow, type });
  return { from: token.offset, to: token.offset + before.length, text: CST.stringify(changed) };
}

/** A value where none is written: behind the colon, or behind the key and a colon. */
function behind(item: TokenItem, keyEnd: number, by: string): Splice {
  const at = endOf({ start: [], sep: item.sep ?? [] });
  return at === undefined ? { from: keyEnd, to: keyEnd, text: `: ${by}` } : { from: at, to: at, text: ` ${by}` };
}

/** The map that takes the place of nothing or of `null` in a block map: lines below the key. */
export function nested(text: string, root: YAMLMap, map: YAMLMap, pair: TokenPair, content: Content): Splice[][] {
  const { srcToken: item, value } = pair;
  const colon = item?.sep?.find(({ type }) => type === "map-value-ind");
  if (!colon) return [];
  const [from, to] = value?.range ?? [0, 0];
  const written = from < to;
  const properties = item ? propertiesOf(item) : [];
  const between = text.slice(endOfSource(colon), from);
  if (properties.length > 0 || (written && between.includes("\n"))) return [];
  const end = lineEnd(text, written ? to : endOfSource(colon));
  const indent = columnOf(text, map.range?.[0] ?? 0) + indentStep(text, root);
  const lines = { from: end, to: end, text: blockLines(content, lineBreak(text, end), indent, indentStep(text, root)) };
  return [written ? [{ from: endOfSource(colon), to, text: "" }, lines] : [lines]];
}

/** A new pair behind the last one of a map. */
export function additions(text: string, root: YAMLMap, map: YAMLMap, content: Content): Splice[][] {
  const last = pairsOf(map).at(-1)?.srcToken;
  const end = last && endOf(last);
  if (isBlock(map)) {
    if (end === undefined) return [];
    const at = lineEnd(text, end);
    const indent = columnOf(text, map.range?.[0] ?? 0);
    return [[{ from: at, to: at, text: blockLines(content, lineBreak(text, at), indent, indentStep(text, root)) }]];
  }
  const by = flowPair(content);
  if (end !== undefined) return [[{ from: end, to: end, text: `, ${by}` }]];
  const from = (map.range?.[0] ?? 0) + 1;
  const spaces = /^ *(?=\})/.exec(text.slice(from));
  return [[{ from, to: from + (spaces?.[0].length ?? 0), text: spaces ? ` ${by} ` : ` ${by}` }]];
}

/** Ways to take a pair out of a map; none where it is the last of a block map, which cannot be empty. */
export function removals(text: string, map: YAMLMap, pair: TokenPair): Splice[][] {
  const items = pairsOf(map).map(({ srcToken }) => srcToken);
  const index = pairsOf(map).indexOf(pair);
  const [item, before, after] = [items[index], items[index - 1], items[index + 1]];
  const [from, to] = [item && startOf(item), item && endOf(item)];
  if (from === undefined || to === undefined) return [];
  const first = lineStart(text, from);
  const isFirstOfLine = /^\s*$/.test(text.slice(first, from));
  const wholeLines = { from: first, to: nextLine(text, to), text: "" };
  if (isBlock(map)) return isFirstOfLine && items.length > 1 ? [[wholeLines]] : [];
  const [start, end] = map.range ?? [0, 0];
  if (items.length === 1) return [[{ from: start + 1, to: end - 1, text: "" }]];
  const restOfLine = /^[ \t]*,?[ \t]*(#.*)?\r?(\n|$)/;
  if (isFirstOfLine && restOfLine.test(text.slice(to))) return [[wholeLines]];
  const previousEnd = before && endOf(before);
  const nextStart = after && startOf(after);
  if (previousEnd !== undefined && !text.slice(previousEnd, to).includes("#"))
    return [[{ from: previousEnd, to, text: "" }]];
  return nextStart === undefined || text.slice(to, nextStart).includes("#")
    ? []
    : [[{ from, to: nextStart, text: "" }]];
}

function nextLine(text: string, end: number): number {
  const at = lineEnd(text, end);
  return text.startsWith("\r\n", at) ? at + 2 : Math.min(text.length, at + 1);
}
