import { byCodePoint } from "../../files/by-code-point.ts";
import type { Finding } from "../model/finding.ts";
import { kindOf, nameOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { described } from "../objects/references.ts";
import { isWritten, turnedOff } from "./findings.ts";
import { findingAmong, type Neighbours, neighboursIn, parentsOf } from "./neighbours.ts";

/** The HTTP routers with their children, as Traefik computes them before it builds any. */
export interface RouterTree {
  /** Findings about routers' positions in the tree. */
  readonly off: ReadonlyMap<ObjectId, Finding>;
  readonly childrenOf: (router: ObjectId) => readonly ObjectId[];
  /** The roots: routers without `parentRefs`, or whose parent belongs to another provider. */
  readonly roots: readonly ObjectId[];
}

/** Computes the tree. (Seen on 3.7.15; it follows ParseRouterTree of Traefik's sources.) Linear, whatever the depth. */
export function routerTree(objects: ReadonlyMap<ObjectId, ObjectValue>): RouterTree {
  const all = [...objects].filter(([id]) => kindOf(id) === "http.routers");
  const isGone = ({ parentRefs, tls, entryPoints }: ObjectValue) =>
    isWritten(parentRefs) && isWritten(tls) && !isWritten(entryPoints);
  const routers = new Map(all.filter(([, value]) => !isGone(value)));
  const neighbours = neighboursIn(routers);
  const off = new Map<ObjectId, Finding>();
  const roots: ObjectId[] = [];
  // A child with TLS and no entry points is dropped first, so no router finds it as a parent.
  for (const [id, value] of all) {
    const found = isGone(value) ? findingAmong(id, value, neighbours) : undefined;
    if (found) off.set(id, found);
  }
  for (const [id, value] of routers) {
    const parents = parentsOf(id, value);
    if (parents.every((parent) => nameOf(parent).includes("@") && !routers.has(parent))) roots.push(id);
    const missing = parents.findIndex((parent) => !routers.has(parent) && !nameOf(parent).includes("@"));
    const lost = parents[missing];
    const found = lost
      ? turnedOff(["parentRefs", missing], `there is no ${described(lost)}`)
      : findingAmong(id, value, neighbours);
    if (found) off.set(id, found);
  }
  const { reached, guilty } = walk(roots.sort(asTraefik), neighbours.childrenOf);
  for (const id of guilty.keys())
    off.set(id, turnedOff(["parentRefs"], "is a circle of routers that name each other as parents"));
  for (const id of routers.keys())
    if (!reached.has(id) && !off.has(id))
      off.set(id, turnedOff(["parentRefs"], "leads to no router without parentRefs, so nothing reaches this one"));
  const childrenOf = (id: ObjectId) => [...neighbours.childrenOf(id)].filter((child) => !guilty.get(id)?.has(child));
  return { off, childrenOf, roots };
}

function asTraefik(a: ObjectId, b: ObjectId): number {
  return byCodePoint(`${a}@http`, `${b}@http`);
}

/** Goes down from the roots. In a parentRefs cycle, the router that points back to an ancestor is reported, and that edge is dropped. */
function walk(roots: readonly ObjectId[], childrenOf: Neighbours["childrenOf"]) {
  const reached = new Set<ObjectId>();
  const above = new Set<ObjectId>();
  const guilty = new Map<ObjectId, Set<ObjectId>>();
  const enter = (id: ObjectId) => {
    reached.add(id);
    above.add(id);
    return { id, left: [...childrenOf(id)].sort(asTraefik).reverse() };
  };
  for (const root of roots) {
    if (reached.has(root)) continue;
    const open = [enter(root)];
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const child = top.left.pop();
      if (child === undefined) {
        above.delete(top.id);
        open.pop();
      } else if (above.has(child)) guilty.set(top.id, (guilty.get(top.id) ?? new Set()).add(child));
      else if (!reached.has(child)) open.push(enter(child));
    }
  }
  return { reached, guilty };
}
