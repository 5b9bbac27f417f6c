import { knows } from "../model/version.ts";
import { asNumber } from "./fill-scalars.ts";
import { goFlag, goInt } from "./go-scalars.ts";
import { type DecoderNode, separator } from "./node.ts";
import { alter, type Path, pathOf, type Report, refuse } from "./report.ts";
import type { Fields } from "./value.ts";

/** Maps of text, such as headers, and of whole numbers. Deeper values in a map of text get names with dots. */
export function fillMap(
  node: DecoderNode,
  is: "textMap" | "wholeMap",
  path: Path,
  report: Report,
  before: Fields = {},
): Fields {
  const map: Fields = { ...before };
  for (const child of node.children) {
    const here = pathOf(path, child);
    if (is === "wholeMap") {
      const whole = goInt(child.value);
      if (whole === undefined) refuse(report, here, child, "must be a whole number of 64 bits");
      map[child.name] = asNumber(whole ?? 0n);
      continue;
    }
    if (child.written !== "scalar") alter(report, here, child, `is a ${child.written}, and text belongs here`);
    if (knows(report.version, "3.2")) for (const [name, text] of leaves(child, child.name)) map[name] = text;
    else map[child.name] = child.value;
  }
  return map;
}

function leaves(node: DecoderNode, name: string): [string, string][] {
  if (node.children.length === 0) return [[name, node.value]];
  return node.children.flatMap((child) => leaves(child, `${name}.${child.name}`));
}

/** What plugins get. Every value is possible, with every scalar as text except those in lists. */
export function fillRawMaps(node: DecoderNode, path: Path, report: Report): Fields {
  return Object.fromEntries(
    node.children.map((plugin) => [plugin.name, fillRaw(plugin, [...path, plugin.name], report)] as const),
  );
}

/** A map with a key of its own name is replaced by that key's value (seen on 3.7.15). */
function fillRaw(plugin: DecoderNode, path: Path, report: Report): Fields {
  const map: Fields = {};
  for (const child of plugin.children) {
    const here = [...path, child.name];
    const value = raw(child, here, report);
    const self = typeof value === "object" && !Array.isArray(value) && Object.hasOwn(value as Fields, child.name);
    if (self) alter(report, here, child.key, "holds a key of its own name, and what it holds stands in its place");
    Object.assign(map, self ? value : { [child.name]: value });
  }
  return map;
}

function raw(node: DecoderNode, path: Path, report: Report): unknown {
  if (node.children.length === 0) return node.value.startsWith(separator) ? typed(node, path, report) : node.value;
  const [first] = node.children;
  if (first?.name === "") refuse(report, path, first.key, "an empty name takes Traefik's reader down");
  if (first?.name.startsWith("[") && first.name.endsWith("]"))
    return node.children.map((child) => raw(child, pathOf(path, child), report));
  return Object.fromEntries(node.children.map((child) => [child.name, raw(child, pathOf(path, child), report)]));
}

/** A list in paerser's own notation, with the number of the kind of its items. */
function typed(node: DecoderNode, path: Path, report: Report): unknown[] {
  const [, kind = "", ...items] = node.value.split(separator);
  function each(read: (item: string) => unknown): unknown[] {
    const values = items.map(read);
    if (values.includes(undefined)) refuse(report, path, node, "holds values of several kinds; put them in quotes");
    return values;
  }
  switch (kind) {
    case "1":
      return each(goFlag);
    case "2":
      return each((item) => {
        const whole = goInt(item);
        return whole === undefined ? undefined : asNumber(whole);
      });
    case "11":
      return each((item) => (/^\d+$/.test(item) ? asNumber(BigInt(item)) : undefined));
    case "14":
      return each((item) => (Number.isNaN(Number(item)) && item !== "NaN" ? undefined : Number(item)));
    case "24":
      return items;
    default:
      refuse(report, path, node, "begins with U+2551, which is Traefik's own");
      return [];
  }
}
