import type { YamlDocument } from "../files/yaml-document.ts";
import type { Kind, ObjectValue } from "../traefik/objects/objects.ts";
import { createObjectDecoder } from "../traefik/read-object.ts";
import { protocolOf } from "./group-service.ts";

/**
 * The document of a group with Traefik's own keys as a Traefik of that version reads them: names in any case, `a, b` for a list,
 * `tls: true`. A part that it refuses, or would read differently from what is written, stays as it is.
 */
export function asTraefikReads(document: YamlDocument, traefik: string): YamlDocument {
  const { value } = document;
  if (!isMap(value)) return document;
  const protocol = protocolOf(value);
  const decode = createObjectDecoder(traefik);
  function read(kind: Kind, written: ObjectValue): ObjectValue {
    const found = decode(kind, "group", written);
    return "value" in found && found.note === undefined ? found.value : written;
  }
  const { router, service } = value;
  return {
    ...document,
    value: {
      ...value,
      ...(isMap(router) && { router: read(`${protocol}.routers`, router) }),
      ...(isMap(service) &&
        isMap(service.loadBalancer) && {
          service: { ...service, ...read(`${protocol}.services`, { loadBalancer: service.loadBalancer }) },
        }),
    },
  };
}

function isMap(value: unknown): value is ObjectValue {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
