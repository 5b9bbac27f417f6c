/** One character that is written with a backslash, at its place; or what is wrong with it. */
export function readEscape(source: string, at: number): { readonly length: number; readonly point: number } | string {
  const rest = source.slice(at + 1, at + 40);
  if (rest === "") return "a \\ stands at the end";
  const octal = /^(?:[1-7][0-7]{1,2}|0[0-7]{0,2})/.exec(rest)?.[0];
  if (octal !== undefined) return { length: 1 + octal.length, point: Number.parseInt(octal, 8) };
  const hex = /^x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/.exec(rest);
  if (hex) {
    const point = Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
    if (point <= 0x10ffff) return { length: 1 + hex[0].length, point };
  }
  const named = "afnrtv".indexOf(rest.charAt(0));
  if (named >= 0) return { length: 2, point: [7, 12, 10, 13, 9, 11][named] ?? 0 };
  if (/^[\0-/:-@[-`{-\x7f]/.test(rest)) return { length: 2, point: rest.charCodeAt(0) };
  if (/^[1-9]/.test(rest)) return `\\${rest.charAt(0)} refers back to a group, which RE2 cannot`;
  const c = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return c === "Z" ? "\\Z is unknown; write \\z" : `\\${c} is unknown`;
}

/** A character as JavaScript reads it under the flag `u`, inside and outside of classes. */
export function escaped(point: number): string {
  const c = String.fromCodePoint(point);
  return /^[0-9A-Za-z]$/.test(c) ? c : `\\u{${point.toString(16)}}`;
}
