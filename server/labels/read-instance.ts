import { writePath } from "../../files/key-path.ts";
import { folded } from "../../traefik/model/shape.ts";
import { type Kind, kinds } from "../../traefik/objects/objects.ts";
import type { ObjectReader } from "../../traefik/read-object.ts";
import { takeEndpoint } from "./endpoint.ts";
import { type WiringNames, wire } from "./fill-in.ts";
import { type WrittenObject, writtenObjects } from "./grammar.ts";
import type { LabelledObject } from "./labelled-object.ts";
import type { Label } from "./labels-of.ts";
import { limits, objectsExcess } from "./limits.ts";

/** What one instance declares; or why nothing that it says counts. */
type InstanceReading = { readonly objects: readonly LabelledObject[] } | { readonly problem: string };

/**
 * Reads the labels of an instance as Traefik's Docker provider does, and makes the service and the router that are not said, as it does.
 * An object that can't be read is a problem by itself; the others stand.
 */
export function readInstance(
  labels: ReadonlyMap<string, Label>,
  names: WiringNames,
  decode: ObjectReader,
): InstanceReading {
  const objects = writtenObjects(labels);
  if ("problem" in objects) return objects;
  const excess = objectsExcess(objects.length);
  if (excess !== undefined) return { problem: excess };
  const read: LabelledObject[] = [];
  for (const object of [...objects, ...madeService(objects, names)]) {
    const kind = kindNamed(object);
    if (kind === undefined)
      return { problem: `${object.key}: ${object.section}.${object.part} can't be declared by labels` };
    read.push(readObject(kind, object, names, decode));
  }
  return { objects: wire(read, names) };
}

function kindNamed({ section, part }: WrittenObject): Kind | undefined {
  return kinds.find((kind) => folded(kind) === folded(`${section}.${part}`));
}

/** The service of an instance that declares none, where its port is known: not of one that speaks TCP or UDP alone. */
function madeService(objects: readonly WrittenObject[], { name, port }: WiringNames): WrittenObject[] {
  const has = (...kinds: string[]) => objects.some((one) => kinds.includes(folded(`${one.section}.${one.part}`)));
  const isHttp = objects.some(({ section }) => folded(section) === "http");
  const isOther = has("tcp.routers", "tcp.services", "udp.routers", "udp.services") && !isHttp;
  if (port === undefined || isOther || has("http.services")) return [];
  return [{ section: "http", part: "services", name, key: name, written: { loadBalancer: {} } }];
}

function readObject(
  kind: Kind,
  { name, key, written }: WrittenObject,
  { port }: WiringNames,
  decode: ObjectReader,
): LabelledObject {
  const about = { kind, name, key };
  if (kind === "tls.certificates") return { ...about, value: undefined, problem: "a list can't be declared by labels" };
  // `api@internal` would be Traefik's own wherever it is named, and whoever declares one of that name.
  if (/[@,\s]/.test(name)) return { ...about, value: undefined, problem: "a name has no @, no comma and no space" };
  if (name.length > limits.name)
    return { ...about, value: undefined, problem: `a name may have ${limits.name} characters: shorten it` };
  const { rest, endpoint, problem } = takeEndpoint(kind, written, port);
  if (problem !== undefined) return { ...about, value: undefined, problem };
  const decoded = decode(kind, name, rest);
  if ("message" in decoded)
    return { ...about, value: undefined, problem: `${writePath(decoded.path)}: ${decoded.message}` };
  return { ...about, ...decoded, ...(endpoint && { endpoint }) };
}
