import { jsonSchema } from "../../files/json-schema.ts";
import { documentSchema } from "./document.ts";
import { factsOf } from "./field.ts";
import { newestTraefik } from "./version.ts";

/** The text of schema/routes.schema.json: what an editor needs to complete and check a document of Traefik's configuration. */
export function routesJsonSchema(): string {
  const { $schema, ...rest } = jsonSchema(documentSchema(newestTraefik), (part) => {
    const { since, preset } = factsOf(part);
    return {
      ...(since !== undefined && { description: `Since Traefik ${since}.` }),
      ...(preset !== undefined && { default: preset }),
    };
  });
  const about = {
    title: "Traefik's dynamic configuration",
    description: "A file of routes: what Traefik's HTTP provider takes.",
  };
  return `${JSON.stringify({ $schema, ...about, ...rest }, null, 2)}\n`;
}
