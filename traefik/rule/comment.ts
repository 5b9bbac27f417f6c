import { Refusal } from "./refusal.ts";

/** A Go comment: its end, and its first line end, which ends a rule as one outside a comment does. */
export interface Comment {
  readonly end: number;
  readonly lineEnd: number | undefined;
}

/** The comment that opens at `start`, or undefined. A `//` comment ends before its line end. */
export function readComment(source: string, start: number): Comment | undefined {
  if (source.startsWith("//", start)) {
    const found = source.indexOf("\n", start);
    const end = found < 0 ? source.length : found;
    const text = source.slice(start, end).replace(/\r$/, "");
    if (start === 0 || source[start - 1] === "\n") checkDirective(text, start);
    return { end, lineEnd: undefined };
  }
  if (!source.startsWith("/*", start)) return undefined;
  const close = source.indexOf("*/", start + 2);
  if (close < 0) throw new Refusal(start, start + 2, "the /* is never closed");
  checkDirective(source.slice(start, close), start);
  const lineEnd = source.slice(start, close).indexOf("\n");
  return { end: close + 2, lineEnd: lineEnd < 0 ? undefined : start + lineEnd };
}

/** Go reads `//line file:7` as a directive and refuses one whose number is invalid (go/scanner's updateLineInfo). */
function checkDirective(comment: string, start: number): void {
  if (!/^\/[/*]line /.test(comment)) return;
  const text = comment.slice(7).replaceAll("\r", "");
  const colon = text.lastIndexOf(":");
  if (colon < 0) return;
  const before = text.slice(0, colon);
  const inner = before.lastIndexOf(":");
  const [last, first] = [text.slice(colon + 1), inner < 0 ? "" : before.slice(inner + 1)];
  const numbers = isNumber(first) ? [first, last] : [last];
  if (!numbers.every((digits) => isNumber(digits) && Number(digits) >= 1 && Number(digits) <= 2 ** 30))
    throw new Refusal(start, start + comment.length, "Go reads this comment as a line directive; word it otherwise");
}

function isNumber(digits: string): boolean {
  return /^[0-9]{1,20}$/.test(digits);
}
