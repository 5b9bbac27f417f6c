import { CST, isScalar, type YAMLMap } from "yaml";
import { columnOf, endOf, indentStep, lineBreak, lineEnd, lineStart, pairsOf, startOf } from "./yaml-places.ts";
import { blockLines, type Content, onOneLine } from "./yaml-spelling.ts";
import type { WrittenPair } from "./yaml-value.ts";

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
export function replacements(text: string, pair: WrittenPair, content: Content, inFlow: boolean): Splice[][] {
  const { key, value } = pair;
  const by = onOneLine(content, inFlow, isScalar(value) ? value.type : undefined);
  const [from, to] = value?.range ?? [0, 0];
  const token = content.keys.length === 0 ? value?.srcToken : undefined;
  const at = endOf(text, pair);
  const behind = { from: at, to: at, text: value ? ` ${by}` : `: ${by}` };
  const changed = CST.isScalar(token) ? inPlace(token, String(content.scalar), by, inFlow) : { from, to, text: by };
  const replaced = from < to ? changed : behind;
  // A tag may say what the new value is not.
  const keyEnd = key.range?.[1] ?? 0;
  const tag = /[ \t]!\S*/.exec(text.slice(keyEnd, Math.max(keyEnd, from)));
  const untagged = tag && { from: keyEnd + tag.index, to: keyEnd + tag.index + tag[0].length, text: "" };
  return [[replaced], ...(untagged ? [[replaced, untagged]] : [])];
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

/** The map that takes the place of nothing or of `null` in a block map: lines below the key. */
export function nested(text: string, root: YAMLMap, map: YAMLMap, pair: WrittenPair, content: Content): Splice[][] {
  const keyEnd = pair.key.range?.[1] ?? 0;
  const [from, to] = pair.value?.range ?? [keyEnd, keyEnd];
  const colon = /^[ \t]*:(?=[ \t]*$)/.exec(text.slice(keyEnd, from));
  if (!colon) return [];
  const value = { from: keyEnd + colon[0].length, to, text: "" };
  const end = lineEnd(text, to);
  const indent = columnOf(text, startOf(map)) + indentStep(text, root);
  const lines = { from: end, to: end, text: blockLines(content, lineBreak(text, end), indent, indentStep(text, root)) };
  return [from < to ? [value, lines] : [lines]];
}

/** A new pair behind the last one of a map. */
export function additions(text: string, root: YAMLMap, map: YAMLMap, content: Content): Splice[][] {
  const last = pairsOf(map).at(-1);
  const end = last && endOf(text, last);
  if (!map.flow) {
    const at = lineEnd(text, end ?? 0);
    const lines = blockLines(content, lineBreak(text, at), columnOf(text, startOf(map)), indentStep(text, root));
    return [[{ from: at, to: at, text: lines }]];
  }
  const by = onOneLine(content, true).slice(2, -2);
  if (end !== undefined) return [[{ from: end, to: end, text: `, ${by}` }]];
  const from = startOf(map) + 1;
  const spaces = /^ *(?=\})/.exec(text.slice(from));
  return [[{ from, to: from + (spaces?.[0].length ?? 0), text: spaces ? ` ${by} ` : ` ${by}` }]];
}

/** Ways to take a pair out of a map; none if it is the last of a block map, which cannot be empty. */
export function removals(text: string, map: YAMLMap, pair: WrittenPair): Splice[][] {
  const pairs = pairsOf(map);
  const index = pairs.indexOf(pair);
  const [before, after] = [pairs[index - 1], pairs[index + 1]];
  const [from, to] = [startOf(pair.key), endOf(text, pair)];
  const first = lineStart(text, from);
  const end = lineEnd(text, to);
  const wholeLines = { from: first, to: end + (/^\r?\n/.exec(text.slice(end, end + 2))?.[0].length ?? 0), text: "" };
  const isFirstOfLine = text.slice(first, from).trim() === "";
  if (!map.flow) return isFirstOfLine && pairs.length > 1 ? [[wholeLines]] : [];
  if (pairs.length === 1) return [[{ from: startOf(map) + 1, to: (map.range?.[1] ?? 0) - 1, text: "" }]];
  if (isFirstOfLine && /^[ \t]*,?[ \t]*(#.*)?\r?(\n|$)/.test(text.slice(to))) return [[wholeLines]];
  const ways = [before && [endOf(text, before), to], after && [from, startOf(after.key)]];
  const way = ways.find((one) => one && !text.slice(...one).includes("#"));
  return way ? [[{ from: way[0] ?? 0, to: way[1] ?? 0, text: "" }]] : [];
}
