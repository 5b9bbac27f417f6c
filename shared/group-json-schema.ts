import { jsonSchema } from "../files/json-schema.ts";
import { newestTraefik } from "../traefik/model/version.ts";
import { type GroupSchemas, groupSchemas } from "./group.ts";
import type { Protocol } from "./group-service.ts";

/**
 * The text of schema/group.schema.json: what an editor needs to complete and check a group file. The protocol chooses the
 * schema of `service` and `router` with `if`, so that an editor reports errors of one alternative, not of three.
 */
export function groupJsonSchema(): string {
  const schemas = groupSchemas(newestTraefik);
  const {
    $schema,
    properties: { service: _, router: __, ...properties } = {},
    required = [],
    ...rest
  } = jsonSchema(schemas.http);
  const about = { title: "A group file of rollcall", description: "One document declares one group of replicas." };
  const chosen = {
    service: { description: "What the replicas listen for, and how Traefik balances the load." },
    router: { description: "Traefik's own router to the group; may be left out." },
  };
  const schema = {
    $schema,
    ...about,
    ...rest,
    properties: { ...properties, ...chosen },
    required: required.filter((key) => key !== "replicas"),
    // A spread that counts says how many there are.
    anyOf: [{ required: ["replicas"] }, { required: ["spread"], properties: { spread: { type: "object" } } }],
    ...choice("tcp", partsOf(schemas.tcp), choice("udp", partsOf(schemas.udp), partsOf(schemas.http))),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** One of two schemas, by the protocol in the document. */
function choice(protocol: Protocol, chosen: object, other: object): object {
  const service = { type: "object", properties: { protocol: { const: protocol } }, required: ["protocol"] };
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, and data.
  return { if: { properties: { service }, required: ["service"] }, then: chosen, else: other };
}

function partsOf(schema: GroupSchemas[Protocol]): object {
  const { service, router } = jsonSchema(schema).properties ?? {};
  return { properties: { service, router } };
}
