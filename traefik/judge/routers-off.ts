import type { Finding } from "../model/finding.ts";
import { kindOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { described } from "../objects/references.ts";
import { turnedOff } from "./findings.ts";
import { defaultOptions, needsOf } from "./needs.ts";
import { objectFinding } from "./object-finding.ts";
import { offMessage, type PartsOff } from "./parts-off.ts";
import { type RouterTree, routerTree } from "./router-tree.ts";

export interface RoutersOff {
  readonly off: ReadonlyMap<ObjectId, Finding>;
  /** The routers that Traefik reaches: it reports nothing about the children of one that it gives up on at once. */
  readonly built: ReadonlySet<ObjectId>;
}

/** Which routers a Traefik of that version turns off, and why; `parts`: the objects they lead to that are off. Linear. (Seen on 3.7.15.) */
export function routersOff(objects: ReadonlyMap<ObjectId, ObjectValue>, parts: PartsOff, traefik: string): RoutersOff {
  const tree = routerTree(objects);
  const off = new Map<ObjectId, Finding>(tree.off);
  const built = new Set([...objects.keys()].filter((id) => /^(tcp|udp)\.routers$/.test(kindOf(id))));

  /** Findings about a router other than its position in the tree. */
  function findingsOf(id: ObjectId): Finding[] {
    const value = objects.get(id) ?? {};
    const own = objectFinding(kindOf(id), value, traefik);
    const needed = needsOf(id, value).flatMap(({ target, path }) => {
      if (parts.off.has(target)) return [turnedOff(path, offMessage(target, parts.off))];
      const isThere = objects.has(target) || target === defaultOptions;
      return isThere ? [] : [turnedOff(path, `there is no ${described(target)}`)];
    });
    return own ? [own, ...needed] : needed;
  }

  for (const id of built) {
    const [found] = findingsOf(id);
    if (found) off.set(id, found);
  }
  const roots = new Set(tree.roots);
  const open = [...roots];
  for (const id of open) {
    if (built.has(id)) continue;
    built.add(id);
    const found = findingsOf(id);
    if (found[0] && !off.has(id)) off.set(id, found[0]);
    // Traefik gives up on such a root before it looks at its children.
    const isGivenUp = roots.has(id) && found.some(({ path }) => path[0] === "priority" || path[0] === "tls");
    if (!isGivenUp) for (const child of tree.childrenOf(id)) if (!tree.off.has(child)) open.push(child);
  }
  leaveEmpty(new Set(open), off, tree);
  return { off, built };
}

/** Turns off routers whose children are all off, and so on upwards. */
function leaveEmpty(routers: ReadonlySet<ObjectId>, off: Map<ObjectId, Finding>, { childrenOf }: RouterTree) {
  const standing = new Map<ObjectId, number>();
  const parents = new Map<ObjectId, ObjectId[]>();
  for (const id of routers) {
    const children = childrenOf(id);
    if (children.length > 0) standing.set(id, children.filter((child) => !off.has(child)).length);
    for (const child of children) {
      const known = parents.get(child);
      if (known) known.push(id);
      else parents.set(child, [id]);
    }
  }
  const open = [...standing].flatMap(([id, count]) => (count === 0 && !off.has(id) ? [id] : []));
  for (const id of open) {
    off.set(id, turnedOff([], "has only child routers that are off"));
    for (const parent of parents.get(id) ?? []) {
      const left = (standing.get(parent) ?? 0) - 1;
      standing.set(parent, left);
      if (left === 0 && !off.has(parent)) open.push(parent);
    }
  }
}
