import { CST, Lexer } from "yaml";

/**
 * What one file may hold, so that none takes longer than a moment to read. A group is nested six deep; the YAML library crashes the
 * process somewhere past 700. Parts are keys, values, brackets, commas and colons: 256 KiB of a usual file have 40,000.
 */
export const bounds = { parts: 50_000, documents: 1000 };
export const deepest = 100;

const cures = {
  depth: `nested deeper than ${deepest} levels; a bracket may be missing`,
  parts: `the file has more than ${bounds.parts} keys, values and signs; split it`,
  documents: `the file has more than ${bounds.documents} documents; split it`,
};

/**
 * The offset at which YAML text exceeds a bound, and how to fix it; undefined if it doesn't. It only runs the lexer, which does not
 * recurse. The depth is estimated from above, by the columns at which something was begun and not yet ended.
 */
export function exceeds(
  text: string,
  most: typeof bounds = bounds,
): { readonly offset: number; readonly message: string } | undefined {
  const open: number[] = [];
  let [offset, lineStart, flow, parts, documents] = [0, 0, 0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    // These lexer marks are not part of the text.
    if (type === "byte-order-mark" || type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    if (type !== "space" && type !== "newline" && type !== "comment") parts++;
    if (type === "doc-start") documents++;
    if (type === "flow-map-start" || type === "flow-seq-start") flow++;
    else if (type === "flow-map-end" || type === "flow-seq-end") flow = Math.max(0, flow - 1);
    else if (type === "doc-start" || type === "doc-end") [open.length, flow] = [0, 0];
    else if (type !== "space" && type !== "newline" && type !== "comment" && flow === 0) {
      const column = offset - lineStart;
      while ((open.at(-1) ?? -1) >= column) open.pop();
      open.push(column);
    }
    if (flow + open.length > deepest) return { offset, message: cures.depth };
    if (parts > most.parts) return { offset, message: cures.parts };
    if (documents > most.documents) return { offset, message: cures.documents };
    const lineEnd = token.lastIndexOf("\n");
    if (lineEnd >= 0) lineStart = offset + lineEnd + 1;
    offset += token.length;
  }
  return undefined;
}
