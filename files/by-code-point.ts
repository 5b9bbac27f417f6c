/** Orders text by code point, the same everywhere; never by locale. */
export function byCodePoint(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
