import { kindOf, type ObjectId, type ObjectValue } from "../objects/objects.ts";
import { described } from "../objects/references.ts";
import { defaultOptions, needsOf } from "./needs.ts";
import { objectProblem } from "./object-problem.ts";
import { type ObjectProblem, problem } from "./object-problems.ts";
import { offMessage, type PartsOff, pathOf } from "./parts-off.ts";
import { type RouterTree, routerTree } from "./router-tree.ts";

export interface RouterFaults {
  readonly off: ReadonlyMap<ObjectId, ObjectProblem>;
  /** The routers that Traefik comes to: of what is in the care of one that it gives up at once it says nothing. */
  readonly built: ReadonlySet<ObjectId>;
}

/** Which routers a Traefik of that version turns off, and why; `faults` are those of what they lead to. Linear. (Seen on 3.7.15.) */
export function routersOff(
  objects: ReadonlyMap<ObjectId, ObjectValue>,
  faults: PartsOff,
  traefik: string,
): RouterFaults {
  const tree = routerTree(objects);
  const off = new Map<ObjectId, ObjectProblem>(tree.faults);
  const built = new Set([...objects.keys()].filter((id) => /^(tcp|udp)\.routers$/.test(kindOf(id))));

  /** What is wrong with a router but its place in the tree. */
  function faultsOf(id: ObjectId): ObjectProblem[] {
    const value = objects.get(id) ?? {};
    const own = objectProblem(kindOf(id), value, traefik);
    const needed = needsOf(id, value).flatMap(({ target, path }) => {
      if (faults.off.has(target)) return [problem(pathOf(path), offMessage(target, faults.off))];
      const isThere = objects.has(target) || target === defaultOptions;
      return isThere ? [] : [problem(pathOf(path), `there is no ${described(target)}`)];
    });
    return own ? [own, ...needed] : needed;
  }

  for (const id of built) {
    const [found] = faultsOf(id);
    if (found) off.set(id, found);
  }
  const roots = new Set(tree.roots);
  const open = [...roots];
  for (const id of open) {
    if (built.has(id)) continue;
    built.add(id);
    const found = faultsOf(id);
    if (found[0] && !off.has(id)) off.set(id, found[0]);
    // Traefik gives such a root up before it looks at those in its care.
    const isGivenUp = roots.has(id) && found.some(({ path }) => path[0] === "priority" || path[0] === "tls");
    if (!isGivenUp) for (const child of tree.childrenOf(id)) if (!tree.faults.has(child)) open.push(child);
  }
  leaveEmpty(new Set(open), off, tree);
  return { off, built };
}

/** Turns off whose children are all off, and so on upwards. */
function leaveEmpty(routers: ReadonlySet<ObjectId>, off: Map<ObjectId, ObjectProblem>, { childrenOf }: RouterTree) {
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
    off.set(id, problem([], "has nobody but routers in its care that are off"));
    for (const parent of parents.get(id) ?? []) {
      const left = (standing.get(parent) ?? 0) - 1;
      standing.set(parent, left);
      if (left === 0 && !off.has(parent)) open.push(parent);
    }
  }
}
