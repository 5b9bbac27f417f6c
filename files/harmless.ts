/** What moves the cursor, turns the direction of writing or takes no room: controls, formats, lone surrogates, line separators. */
const harmful = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text that a terminal or a log shows in one line as it is: tabs become spaces, what could do harm becomes U+FFFD. It stays as long. */
export function harmless(text: string): string {
  return text.replace(harmful, (found) => (found === "\t" ? " " : "\ufffd".repeat(found.length)));
}
