/** Characters that move the cursor, change the text direction or are invisible: controls, formats, lone surrogates, line separators. */
const harmful = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text that is safe on one line of a terminal or a log: tabs become spaces, harmful characters U+FFFD. The length stays the same. */
export function harmless(text: string): string {
  return text.replace(harmful, (found) => (found === "\t" ? " " : "\ufffd".repeat(found.length)));
}
