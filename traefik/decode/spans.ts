import type { KeyPath } from "../../files/key-path.ts";
import { folded } from "../model/shape.ts";
import type { DecoderNode } from "./node.ts";
import type { Span } from "./value.ts";

/**
 * Finds where a path of a document is written: the name of an object or a map, the value of anything else, or else what is around
 * it.
 */
export function spansIn(nodes: readonly DecoderNode[]): (path: KeyPath) => Span {
  const children = new Map<readonly DecoderNode[], ReadonlyMap<string, DecoderNode>>();

  function childrenOf(list: readonly DecoderNode[]): ReadonlyMap<string, DecoderNode> {
    const known = children.get(list);
    if (known) return known;
    // A field may be written in any case, a map's name only in its own; an exact match comes first.
    const byName = new Map(list.map((node) => [folded(node.name), node] as const));
    for (const node of list) byName.set(node.name, node);
    children.set(list, byName);
    return byName;
  }

  return (path) => {
    let found: DecoderNode | undefined;
    for (const key of path) {
      const names = childrenOf(found ? found.children : nodes);
      const name = typeof key === "number" ? `[${key}]` : String(key);
      const next = names.get(name) ?? names.get(folded(name));
      if (!next) break;
      found = next;
    }
    if (!found) return { from: 0, to: 0 };
    return found.written === "scalar" || found.written === "list" ? found : found.key;
  };
}
