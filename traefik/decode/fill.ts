import { folded, type Shape, type StructShape } from "../model/shape.ts";
import { fillMap, fillRawMaps } from "./fill-maps.ts";
import { fillDuration, fillFlag, fillText, fillTexts, fillWhole } from "./fill-scalars.ts";
import type { DecoderNode } from "./node.ts";
import { alter, type Path, pathOf, type Report } from "./report.ts";
import type { Fields } from "./value.ts";

/**
 * The second of the decoder's walks (paerser's Fill): a node becomes the value that Traefik uses. `before` is the value of
 * another spelling of the same name, or Traefik's default.
 */
export function fill(node: DecoderNode, shape: Shape, path: Path, report: Report, before: unknown): unknown {
  const off = switchedOff(node, shape);
  if (off) {
    if (!/^false$/i.test(node.value))
      alter(report, path, node, `is read as if it were not there: not "true", and no map`);
    return before;
  }
  switch (shape.is) {
    case "struct":
      return fillStruct(node, shape, path, report, before as Fields | undefined);
    case "structs": {
      if (node.items.length > 0 || node.written === "scalar") alter(report, path, node, vanishing);
      if (node.written === "map") alter(report, path, node, "is read as a list of its values");
      return node.children.map((child) => fillStruct(child, shape.of, pathOf(path, child), report, undefined));
    }
    case "map":
      return Object.fromEntries([
        ...Object.entries((before as Fields | undefined) ?? {}),
        ...node.children.map((child) => {
          const here = pathOf(path, child);
          if (child.children.length === 0 && child.written !== "map")
            alter(report, here, child, "is read as an object without any field");
          if (child.name !== "" && child.name.startsWith("<") && child.name.endsWith(" Value>"))
            alter(report, here, child.key, `is read as the name "${child.name}"; put it in quotes`);
          return [child.name, fillStruct(child, shape.of, here, report, undefined)] as const;
        }),
      ]);
    case "textMap":
    case "wholeMap":
      return fillMap(node, shape.is, path, report, before as Fields | undefined);
    case "rawMaps":
      return fillRawMaps(node, path, report);
    case "texts":
      return fillTexts(node, path, report) ?? before ?? [];
    case "text":
      return fillText(node, path, report);
    case "flag":
      return fillFlag(node, path, report);
    case "whole":
      return fillWhole(node, path, report);
    case "duration":
      return fillDuration(node, path, report);
    case "opaque":
    case "raw":
      return undefined;
  }
}

const vanishing = "is left out: items are maps here, such as { url: ... }, and text vanishes";

/** `tls: true` is `tls: {}`; for a map that may be empty, any text but "true" counts as not written. */
function switchedOff(node: DecoderNode, { is, facts }: Shape): boolean {
  const map = is === "struct" || is === "map";
  return map && facts.mayBeEmpty === true && node.value !== "" && !/^true$/i.test(node.value);
}

/** What Traefik sets in a new object of this shape. */
export function presets(shape: StructShape): Fields {
  const values: Fields = {};
  for (const { name, shape: field } of shape.fields.values())
    if (field?.facts.preset !== undefined) values[name] = structuredClone(field.facts.preset);
  return values;
}

export function fillStruct(node: DecoderNode, shape: StructShape, path: Path, report: Report, before?: Fields): Fields {
  const object = before ?? (shape.facts.inPlace ? {} : presets(shape));
  const seen = new Set<string>();
  for (const child of node.children) {
    const field = shape.fields.get(folded(child.name));
    if (!field?.shape) continue;
    const here = pathOf(path, child);
    if (field.hidden) alter(report, here, child.key, "does nothing: it is not for documents");
    if (field.hidden === "ignored") continue;
    const value = fill(child, field.shape, here, report, object[field.name]);
    if (seen.has(field.name)) alter(report, here, child.key, "is written twice, in other letters");
    seen.add(field.name);
    if (!field.hidden) object[field.name] = value;
  }
  return object;
}
