import type { YamlDocument } from "../files/yaml-document.ts";
import type { Kind, ObjectValue } from "../traefik/objects/objects.ts";
import { createObjectDecoder } from "../traefik/read-object.ts";
import { protocolOf } from "./group-service.ts";

/**
 * The document of a group with Traefik's own keys as a Traefik of that version reads them: names in any case, `a, b` for a list,
 * `tls: true`. A part that it refuses, or would read differently from what is written, stays as it is; undefined if all parts do.
 */
export function asTraefikReads(document: YamlDocument, traefik: string): YamlDocument | undefined {
  const { value } = document;
  if (!isMap(value)) return undefined;
  const { router, service } = value;
  const protocol = protocolOf(value);
  const decode = createObjectDecoder(traefik);
  function read(kind: Kind, written: ObjectValue): ObjectValue | undefined {
    const found = decode(kind, "group", written);
    return "value" in found && found.note === undefined ? found.value : undefined;
  }
  const routerRead = isMap(router) ? read(`${protocol}.routers`, router) : undefined;
  const { loadBalancer } = isMap(service) ? service : {};
  const serviceRead = isMap(loadBalancer) ? read(`${protocol}.services`, { loadBalancer }) : undefined;
  if (!routerRead && !serviceRead) return undefined;
  return {
    ...document,
    value: {
      ...value,
      ...(routerRead && { router: routerRead }),
      ...(serviceRead && { service: { ...(service as ObjectValue), ...serviceRead } }),
    },
  };
}

function isMap(value: unknown): value is ObjectValue {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
