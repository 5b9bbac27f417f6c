import { CST, Lexer } from "yaml";

/** How deep a document may be nested. A group needs six; the YAML library crashes the process somewhere past 700. */
export const deepest = 100;

/**
 * The offset at which YAML text is nested deeper than that, or undefined. It only runs the lexer, which does not
 * recurse. The depth is estimated from above, by the columns at which something was begun and not yet ended.
 */
export function tooDeepAt(text: string): number | undefined {
  const open: number[] = [];
  let [offset, lineStart, flow] = [0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    // These lexer marks are not part of the text.
    if (type === "byte-order-mark" || type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    if (type === "flow-map-start" || type === "flow-seq-start") flow++;
    else if (type === "flow-map-end" || type === "flow-seq-end") flow = Math.max(0, flow - 1);
    else if (type === "doc-start" || type === "doc-end") [open.length, flow] = [0, 0];
    else if (type !== "space" && type !== "newline" && type !== "comment" && flow === 0) {
      const column = offset - lineStart;
      while ((open.at(-1) ?? -1) >= column) open.pop();
      open.push(column);
    }
    if (flow + open.length > deepest) return offset;
    const lineEnd = token.lastIndexOf("\n");
    if (lineEnd >= 0) lineStart = offset + lineEnd + 1;
    offset += token.length;
  }
  return undefined;
}
