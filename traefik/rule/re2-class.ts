/** POSIX classes, as the inside of a class of JavaScript's. */
const posix: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\0-\\x7f",
  blank: "\\t ",
  cntrl: "\\0-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** What a class stands for in JavaScript; `js` is undefined where that has no word for it. */
export interface ClassPart {
  readonly length: number;
  readonly js: string | undefined;
}

/** `[:alpha:]` inside of a class, undefined when it is none, or what is wrong. */
export function posixClass(source: string, at: number): ClassPart | string | undefined {
  const found = source.startsWith("[:", at) ? source.indexOf(":]", at + 2) : -1;
  if (found < 0) return undefined;
  const name = source.slice(at + 2, found);
  const plain = name.startsWith("^") ? name.slice(1) : name;
  if (!Object.hasOwn(posix, plain)) return "there is no such class in [: :]";
  return { length: found + 2 - at, js: plain === name ? posix[plain] : undefined };
}

const perl: Readonly<Record<string, string>> = {
  d: "0-9",
  s: "\\t\\n\\f\\r ",
  w: "0-9A-Za-z_",
};

/** `\d` and its like, as the inside of a class, or undefined. */
export function perlClass(source: string, at: number): (ClassPart & { readonly negated: boolean }) | undefined {
  const c = source[at] === "\\" ? (source[at + 1] ?? "") : "";
  const inside = Object.hasOwn(perl, c.toLowerCase()) ? perl[c.toLowerCase()] : undefined;
  return inside === undefined ? undefined : { length: 2, js: inside, negated: c !== c.toLowerCase() };
}
