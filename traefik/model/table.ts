import type { Facts } from "./field.ts";
import { documentShape, type Shape, type StructShape } from "./shape.ts";
import { newestTraefik } from "./version.ts";

/** The text of docs/traefik-fields.md: every field of the model, with the first version that takes it. */
export function fieldsTable(): string {
  const rows = rowsOf(documentShape(newestTraefik), "", "3.0");
  return `# Traefik's dynamic configuration, field by field

Written by \`npm run schema\` from the model in \`traefik/model\`; a test compares. \`*\` stands for a name of your choice,
\`[]\` for each item of a list. **Since** is the first Traefik version that accepts the field: an older one rejects the whole document because of it.
**Default** is what Traefik sets when the object around the field is present and the field is not. \`{}\` is rejected
unless the last column says that it is accepted.

| field | value | since | default | |
|---|---|---|---|---|
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
}

function rowsOf(shape: StructShape, path: string, around: string): string[][] {
  return [...shape.fields.values()].flatMap(({ name, shape: field, since = around, hidden }) => {
    if (!field || hidden) return [];
    const here = path === "" ? name : `${path}.${name}`;
    const { preset } = field.facts;
    const value = preset === undefined ? "" : `\`${JSON.stringify(preset)}\``;
    const own = [`\`${here}\``, kinds[field.is], since, value, remarks(field.facts)];
    return [own, ...inside(field, here, since)];
  });
}

function remarks({ mayBeEmpty, hostFile }: Facts): string {
  const said = [];
  if (mayBeEmpty) said.push("`{}` is accepted");
  if (hostFile === "path") said.push("a file on Traefik's host");
  if (hostFile === "path or content") said.push("a file on Traefik's host, or its content");
  return said.join("; ");
}

function inside(shape: Shape, path: string, since: string): string[][] {
  if (shape.is === "struct") return rowsOf(shape, path, since);
  if (shape.is === "map") return rowsOf(shape.of, `${path}.*`, since);
  return shape.is === "structs" ? rowsOf(shape.of, `${path}[]`, since) : [];
}

const kinds: Readonly<Record<Shape["is"], string>> = {
  text: "text",
  flag: "true or false",
  whole: "whole number",
  duration: "time",
  texts: "list of texts",
  textMap: "map of texts",
  wholeMap: "map of whole numbers",
  rawMaps: "map of plugins",
  structs: "list",
  map: "map",
  struct: "object",
  opaque: "text",
  raw: "anything",
};
