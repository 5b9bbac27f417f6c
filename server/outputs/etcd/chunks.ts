import type { Operation } from "./wire.ts";

export type Tree = ReadonlyMap<string, string>;

/** What etcd takes as one transaction: 128 operations, 1.5 MiB with what is around them. */
export const limits = { operations: 128, bytes: 1_250_000 } as const;

/**
 * What turns one tree of keys into another, in as few transactions as etcd takes. If one is not enough, they come in an order that breaks
 * no route: what is new, what changes, routers, then what is no longer used. The keys of an object stay together if they fit. `first` comes before all.
 */
export function chunksOf(have: Tree, want: Tree, prefix: string, first: readonly Operation[] = []): Operation[][] {
  const changes = new Map<string, { put: Operation[]; remove: Operation[] }>();
  const of = (key: string) => {
    const object = objectOf(key, prefix);
    const known = changes.get(object) ?? { put: [], remove: [] };
    changes.set(object, known);
    return known;
  };
  for (const key of [...want.keys()].sort()) {
    const value = want.get(key) as string;
    if (have.get(key) !== value) of(key).put.push({ put: key, value });
  }
  // Backwards: `servers/0/weight` goes before `servers/0/url`.
  for (const key of [...have.keys()].sort().reverse()) if (!want.has(key)) of(key).remove.push({ delete: key });

  const before = objectsOf(have, prefix);
  const after = objectsOf(want, prefix);
  const rank = (object: string) => {
    const isRouter = /^[a-z]+\/routers\//.test(object);
    if (!after.has(object)) return isRouter ? 3 : 4;
    if (isRouter) return 2;
    return before.has(object) ? 1 : 0;
  };
  const groups = [...changes].sort(([one], [other]) => rank(one) - rank(other));
  return packed([[...first], ...groups.map(([, { put, remove }]) => [...put, ...remove])]);
}

/** `http/services/web` of `traefik/http/services/web/loadBalancer/...` */
function objectOf(key: string, prefix: string): string {
  return key.slice(prefix.length).split("/", 3).join("/");
}

function objectsOf(tree: Tree, prefix: string): Set<string> {
  return new Set([...tree.keys()].map((key) => objectOf(key, prefix)));
}

function packed(groups: readonly Operation[][]): Operation[][] {
  const chunks: Operation[][] = [];
  let last: Operation[] = [];
  let size = 0;
  for (const group of groups) {
    const whole = group.reduce((sum, one) => sum + sizeOf(one), 0);
    let isFit = last.length + group.length <= limits.operations && size + whole <= limits.bytes;
    for (const one of group) {
      if (!isFit || last.length === limits.operations || size + sizeOf(one) > limits.bytes) {
        if (last.length > 0) chunks.push(last);
        last = [];
        size = 0;
        isFit = true;
      }
      last.push(one);
      size += sizeOf(one);
    }
  }
  return last.length > 0 ? [...chunks, last] : chunks;
}

/** In bytes, with some for what is around it. */
function sizeOf(operation: Operation): number {
  if (!("put" in operation)) return 200;
  return Buffer.byteLength(operation.put) + Buffer.byteLength(operation.value) + 50;
}
