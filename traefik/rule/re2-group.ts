/** Go's flags of a regular expression: ignore case, `^` and `$` at every line, `.` takes line ends, greediness turned round. */
export interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

export interface Opening {
  readonly length: number;
  readonly flags: Flags;
  /** False for `(?i)`, which opens nothing. */
  readonly opens: boolean;
}

/** What opens with `(?`: a named group, flags, a group with flags; or what is wrong with it. */
export function readOpening(source: string, at: number, flags: Flags): Opening | string {
  const named = /^\(\?(?:P<|<)([^>]*)>/.exec(source.slice(at));
  if (named && !/^\(\?<[=!]/.test(named[0])) {
    if (!/^[0-9A-Za-z_]+$/.test(named[1] ?? "")) return "the name of a group has letters, digits and _ alone";
    return { length: named[0].length, flags, opens: true };
  }
  const around = /^\(\?<?[=!]/.exec(source.slice(at, at + 4))?.[0];
  if (around !== undefined) return `${around} looks ahead or behind, which RE2 cannot`;
  const found = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(source.slice(at));
  if (!found) return "what follows a (? is unknown";
  const [all, on = "", off = "", end] = found;
  const after = { ...flags };
  for (const name of on) after[name as keyof Flags] = true;
  for (const name of off) after[name as keyof Flags] = false;
  return { length: all.length, flags: after, opens: end === ":" };
}
