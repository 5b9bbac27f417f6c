/** Characters that move the cursor, change the text direction or are invisible: controls, formats, lone surrogates, line separators. */
const harmful = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text that is safe on one line of a terminal or a log: tabs become spaces, harmful characters U+FFFD. The length stays the same. */
export function harmless(text: string): string {
  return text.replace(harmful, (found) => (found === "\t" ? " " : "\ufffd".repeat(found.length)));
}

/** A copy of plain data in which every text is harmless, keys too. Other values are returned as they are. */
export function harmlessDeep<T>(value: T): T {
  if (typeof value === "string") return harmless(value) as T;
  if (Array.isArray(value)) return value.map(harmlessDeep) as T;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [harmless(key), harmlessDeep(inner)])) as T;
}
