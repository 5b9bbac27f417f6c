import type { Shape, StructShape } from "../model/shape.ts";
import type { Fields } from "./value.ts";

/** A decoded object as Traefik's API shows it: without values that mean the same as not written. */
export function shown(object: Fields, shape: StructShape): Fields {
  const result: Fields = {};
  for (const { name, shape: field, hidden } of shape.fields.values()) {
    if (!field || hidden) continue;
    const value = object[name] === undefined && field.facts.inPlace ? {} : object[name];
    const inner = value === undefined ? undefined : show(value, field);
    if (inner !== undefined) result[name] = inner;
  }
  return result;
}

function show(value: unknown, shape: Shape): unknown {
  switch (shape.is) {
    case "struct":
      return isSectionless(shape, shown(value as Fields, shape));
    case "structs": {
      const items = (value as Fields[]).map((item) => shown(item, shape.of));
      return items.length > 0 ? items : undefined;
    }
    case "map": {
      const entries = Object.entries(value as Fields).map(([name, item]) => [name, shown(item as Fields, shape.of)]);
      return entries.length > 0 ? Object.fromEntries(entries) : undefined;
    }
    case "texts":
      return (value as string[]).length > 0 ? value : undefined;
    case "textMap":
    case "wholeMap":
    case "rawMaps":
      return Object.keys(value as Fields).length > 0 ? value : undefined;
    case "text":
    case "flag":
    case "whole":
    case "duration":
    case "opaque":
    case "raw":
      return shape.facts.kept || !isNothing(value, shape) ? value : undefined;
  }
}

function isNothing(value: unknown, shape: Shape): boolean {
  return value === "" || value === false || value === 0 || (shape.is === "duration" && value === "0s");
}

/** The sections http, tcp, udp and tls are not shown if they are empty. */
function isSectionless(shape: StructShape, object: Fields): Fields | undefined {
  return shape.facts.section && Object.keys(object).length === 0 ? undefined : object;
}

/**
 * A decoded object in a form that Traefik reads as the same again. Zero values stay, because Traefik's default may differ, such as
 * that of `burst`; an empty object goes if Traefik refuses the empty map.
 */
export function served(object: Fields, shape: StructShape): Fields {
  const result: Fields = {};
  for (const { name, shape: field, hidden } of shape.fields.values()) {
    const inner = field && !hidden && object[name] !== undefined ? serve(object[name], field) : undefined;
    if (inner !== undefined) result[name] = inner;
  }
  return result;
}

function serve(value: unknown, shape: Shape): unknown {
  switch (shape.is) {
    case "struct":
      return unlessEmpty(served(value as Fields, shape), shape);
    case "structs":
      return (value as Fields[]).map((item) => served(item, shape.of));
    case "map": {
      const entries = Object.entries(value as Fields).map(([name, item]) => [name, served(item as Fields, shape.of)]);
      return unlessEmpty(Object.fromEntries(entries), shape);
    }
    case "textMap":
    case "wholeMap":
    case "rawMaps":
      return unlessEmpty(value as Fields, shape);
    case "texts":
    case "text":
    case "flag":
    case "whole":
    case "duration":
    case "opaque":
    case "raw":
      return value;
  }
}

function unlessEmpty(object: Fields, { facts }: Shape): Fields | undefined {
  return Object.keys(object).length > 0 || facts.mayBeEmpty ? object : undefined;
}
