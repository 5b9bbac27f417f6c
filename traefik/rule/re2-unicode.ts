import { knows } from "../model/version.ts";
import type { ClassPart } from "./re2-class.ts";

/** Unicode's general categories, and the long names of those that have one. */
const categories = new Map(
  `C=Other Cc=Control Cf=Format Co=Private_Use Cs=Surrogate L=Letter Ll=Lowercase_Letter Lm=Modifier_Letter Lo=Other_Letter
  Lt=Titlecase_Letter Lu=Uppercase_Letter M=Mark Mc=Spacing_Mark Me=Enclosing_Mark Mn=Nonspacing_Mark N=Number
  Nd=Decimal_Number Nl=Letter_Number No=Other_Number P=Punctuation Pc=Connector_Punctuation Pd=Dash_Punctuation
  Pe=Close_Punctuation Pf=Final_Punctuation Pi=Initial_Punctuation Po=Other_Punctuation Ps=Open_Punctuation S=Symbol
  Sc=Currency_Symbol Sk=Modifier_Symbol Sm=Math_Symbol So=Other_Symbol Z=Separator Zl=Line_Separator Zp=Paragraph_Separator
  Zs=Space_Separator`
    .split(/\s+/)
    .map((pair) => pair.split("=") as [string, string]),
);
/** Go 1.25's further names, in its canonical spelling; the values are in Unicode's. */
const further = new Map([
  ...[...categories].map(([short, long]) => [canonical(long), short] as const),
  ["Combiningmark", "M"],
  ["Cntrl", "Cc"],
  ["Digit", "Nd"],
  ["Punct", "P"],
  ["Cn", "Cn"],
  ["Unassigned", "Cn"],
  ["Lc", "LC"],
  ["Casedletter", "LC"],
]);
/** Scripts whose names have four letters; other names of four letters are abbreviations, and Go knows none of these. */
const shortScripts = new Set(["Ahom", "Cham", "Kawi", "Lisu", "Miao", "Modi", "Newa", "Thai", "Toto"]);

/**
 * `\pL`, `\p{Greek}`, `\P{^Nd}`; undefined when it is none, or what is wrong. Traefik 3.6 and newer ones are built with a Go that
 * takes names in any case, and has lost the scripts of several words (Old_Italic).
 */
export function unicodeClass(source: string, at: number, traefik: string): ClassPart | string | undefined {
  const found = /^\\([pP])(?:\{([^}]*)\}|([^{]))/su.exec(source.slice(at, at + 100));
  if (!found) return /^\\[pP]/.test(source.slice(at, at + 2)) ? "\\p needs a name, such as \\p{Greek}" : undefined;
  const [{ length }, letter, long, short] = found;
  const written = long ?? short ?? "";
  const name = written.replace(/^\^/, "");
  const negated = (letter === "P") !== (name !== written);
  const js = knows(traefik, "3.6") ? lately(canonical(name)) : formerly(name);
  if (js === undefined) return "there is no such class as \\p names";
  const inverted = negated !== js.startsWith("^");
  return { length, js: `${inverted ? "\\P" : "\\p"}{${js.replace(/^\^/, "")}}` };
}

/** Go 1.24 and older ones: names as Unicode spells them. */
function formerly(name: string): string | undefined {
  if (name === "Any") return name;
  return categories.has(name) ? `gc=${name}` : script(name);
}

function lately(name: string): string | undefined {
  if (name === "Any") return name;
  if (name === "Ascii") return "ASCII";
  if (name === "Assigned") return "^gc=Cn";
  if (categories.has(name)) return `gc=${name}`;
  return further.has(name) ? `gc=${further.get(name)}` : script(name);
}

function canonical(name: string): string {
  const bare = name.replaceAll(/[_ -]/g, "");
  return bare.charAt(0).toUpperCase() + bare.slice(1).toLowerCase();
}

function script(name: string): string | undefined {
  if (!/^[A-Za-z_]+$/.test(name) || (name.length === 4 && !shortScripts.has(name))) return undefined;
  try {
    new RegExp(`\\p{Script=${name}}`, "u");
    return `Script=${name}`;
  } catch {
    return undefined;
  }
}
