import { nearest } from "../../files/did-you-mean.ts";
import { documentShape, type FieldShape, folded, type Shape, type StructShape } from "../model/shape.ts";
import { newestTraefik } from "../model/version.ts";
import type { DecoderNode } from "./node.ts";
import { type Path, pathOf, type Report, refuse } from "./report.ts";

/**
 * The first of the decoder's two walks (paerser's AddMetadata): checks names, and where children may be, for ignored fields too.
 * `fill` reads the values.
 */
export function checkNames(node: DecoderNode, shape: Shape, path: Path, report: Report, ignored = false): void {
  const holdsFields = ["struct", "map", "textMap", "wholeMap", "rawMaps"].includes(shape.is);
  if (node.children.length === 0) {
    if (holdsFields && !shape.facts.mayBeEmpty && !ignored)
      refuse(
        report,
        path,
        node,
        node.written === "map" ? emptyMap : "a map belongs here, and Traefik takes nothing else",
      );
    return;
  }
  if (shape.is === "struct") {
    checkFields(node, shape, path, report);
    return;
  }
  if (shape.is === "map" || shape.is === "structs") {
    for (const child of node.children) checkFields(child, shape.of, pathOf(path, child), report);
    return;
  }
  if (shape.is === "texts") {
    for (const child of node.children)
      for (const inner of child.children)
        refuse(report, [...pathOf(path, child), inner.name], inner.key, "is in a list of texts");
    return;
  }
  if (shape.is === "rawMaps" || shape.is === "textMap" || shape.is === "wholeMap") return;
  refuse(report, path, node, `a ${node.written} is no value that Traefik reads here`);
}

const emptyMap = "is an empty map, which Traefik refuses; leave the key out";

function checkFields(node: DecoderNode, shape: StructShape, path: Path, report: Report): void {
  for (const child of node.children) {
    const field = shape.fields.get(folded(child.name));
    const here = pathOf(path, child);
    if (field?.shape) checkNames(child, field.shape, here, report, field.hidden === "ignored");
    else {
      const message = unknown(child.name, field, shape, report.version);
      report.problems.push({
        path: here,
        from: child.key.from,
        to: child.key.to,
        message,
        ...(field?.since !== undefined && { since: field.since }),
      });
    }
  }
}

function unknown(name: string, field: FieldShape | undefined, shape: StructShape, version: string): string {
  if (field?.since !== undefined) return `needs Traefik ${field.since}, and this is for ${version}`;
  if (/^\[\d+\]$/.test(name)) return "is an item of a list, and a map belongs here";
  const known = [...shape.fields.values()].filter(({ hidden, shape }) => shape && !hidden).map(({ name }) => name);
  const meant = nearest(name, known);
  return `is no field that Traefik knows${meant === undefined ? "" : `, did you mean "${meant}"?`}`;
}

/** The top-level names that Traefik reads; it ignores all others. */
export function isSection(name: string): boolean {
  return documentShape(newestTraefik).fields.has(folded(name));
}
