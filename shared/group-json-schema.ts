import { jsonSchema } from "./files/json-schema.ts";
import { groupSchema } from "./group.ts";
import { newestTraefik } from "./traefik-version.ts";

/** The text of schema/group.schema.json: what an editor needs to complete and check a group file. */
export function groupJsonSchema(): string {
  const { $schema, ...rest } = jsonSchema(groupSchema(newestTraefik));
  const about = { title: "A group file of rollcall", description: "One document declares one group of replicas." };
  return `${JSON.stringify({ $schema, ...about, ...rest }, null, 2)}\n`;
}
