import { kindOf, nameOf, type ObjectId, type ObjectValue, objectId } from "../../../traefik/objects/objects.ts";
import { referencesOf, targetOf, withoutItems } from "../../../traefik/objects/references.ts";

/** The service without servers to which routers are closed. */
const nothing = "rollcall-left-out";

export interface LeftOut {
  /** What is not written as it is. */
  readonly gone: ReadonlySet<ObjectId>;
  /** What is written instead. */
  readonly closed: ReadonlyMap<ObjectId, ObjectValue>;
}

/**
 * What becomes of a document when some objects are left out. A router that needs one of them keeps its rule and answers nothing: were it left
 * out too, a wider router, perhaps without its middlewares, would get its requests. Throws where that can't be had.
 */
export function leavesOut(objects: ReadonlyMap<ObjectId, ObjectValue>, bad: ReadonlySet<ObjectId>): LeftOut {
  const gone = new Set(bad);
  const closed = new Map<ObjectId, ObjectValue>();
  if (bad.has("tls.options/default"))
    throw new Error(
      "tls options default can't be written to a key-value store, and without them all TLS would be other",
    );
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const [id, value] of objects) {
      if (gone.has(id)) continue;
      const missing = referencesOf(id, value).filter((reference) => gone.has(targetOf(reference)));
      if (missing.length === 0) continue;
      const rest = missing.every(({ isItem }) => isItem) ? withoutItems(value, missing) : undefined;
      if (rest) closed.set(id, rest);
      else gone.add(id);
    }
  }
  for (const id of gone) {
    closed.delete(id);
    const value = objects.get(id);
    if (!kindOf(id).endsWith(".routers") || !value) continue;
    // Requests of a parent that is closed do not come to its children.
    if (isBelow(id, value, gone)) continue;
    const section = kindOf(id).split(".")[0] as "http" | "tcp" | "udp";
    closed.set(bad.has(id) ? objectId(kindOf(id), safeName(id)) : id, closedRouter(id, value, gone));
    closed.set(objectId(`${section}.services`, nothing), { loadBalancer: { servers: [] } });
  }
  return { gone: new Set([...gone, ...closed.keys()]), closed };
}

function isBelow(id: ObjectId, value: ObjectValue, gone: ReadonlySet<ObjectId>): boolean {
  return referencesOf(id, value).some((one) => one.path.startsWith("parentRefs") && gone.has(targetOf(one)));
}

function closedRouter(id: ObjectId, value: ObjectValue, gone: ReadonlySet<ObjectId>): ObjectValue {
  const { middlewares: _, tls, observability: __, ...rest } = value;
  const lacksOptions = referencesOf(id, value).some((one) => one.kind === "tls.options" && gone.has(targetOf(one)));
  const { options, ...others } = (tls ?? {}) as ObjectValue;
  return {
    ...rest,
    ...(tls !== undefined && { tls: lacksOptions ? others : { options, ...others } }),
    service: nothing,
  };
}

/** Of a router whose own name can't be written. */
function safeName(id: ObjectId): string {
  return `${nothing}-${nameOf(id).toLowerCase().replaceAll(/[/@]/g, "-")}-${Buffer.from(nameOf(id)).toString("hex").slice(0, 40)}`;
}
