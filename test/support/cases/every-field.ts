import { documentShape, type Shape, type StructShape } from "../../../traefik/model/shape.ts";
import { newestTraefik } from "../../../traefik/model/version.ts";
import { flow, type Written } from "./documents.ts";

export interface FieldCase {
  /** `http.routers.a.rule` */
  readonly path: string;
  /** A document with this field and what is around it, and with nothing else. */
  readonly document: string;
}

/** A document for every field that the newest Traefik knows, the hidden ones too. */
export function everyField(): FieldCase[] {
  return fieldsOf(documentShape(newestTraefik), [], (inner) => inner);
}

type Around = (inner: Written) => Written;

function fieldsOf(shape: StructShape, path: readonly string[], around: Around): FieldCase[] {
  return [...shape.fields.values()].flatMap(({ name, shape: field }) => {
    if (!field) return [];
    const here = [...path, name];
    const within: Around = (inner) => around({ map: [[name, inner]] });
    const inner = insideOf(field, here, within);
    const own = { path: here.join("."), document: flow(within(sample(field))) };
    return inner.length > 0 && !field.facts.mayBeEmpty ? inner : [own, ...inner];
  });
}

function insideOf(shape: Shape, path: readonly string[], around: Around): FieldCase[] {
  if (shape.is === "struct") return fieldsOf(shape, path, around);
  if (shape.is === "structs") return fieldsOf(shape.of, path, (inner) => around({ list: [inner] }));
  if (shape.is === "map") return fieldsOf(shape.of, [...path, "a"], (inner) => around({ map: [["a", inner]] }));
  return [];
}

function sample(shape: Shape): Written {
  const leaf = (raw: string): Written => ({ raw });
  switch (shape.is) {
    case "texts":
      return { list: [leaf('"a"')] };
    case "flag":
      return leaf("true");
    case "whole":
      return leaf("7");
    case "duration":
      return leaf('"7s"');
    case "textMap":
      return { map: [["a", leaf('"b"')]] };
    case "wholeMap":
      return { map: [["a", leaf("7")]] };
    case "rawMaps":
      return { map: [["a", { map: [["b", leaf('"c"')]] }]] };
    case "text":
    case "opaque":
      return leaf('"a"');
    default:
      return { map: [] };
  }
}
