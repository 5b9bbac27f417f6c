import { folded } from "../../traefik/model/shape.ts";
import type { LabelledObject } from "./labelled-object.ts";
import type { Label } from "./labels-of.ts";

/** Finds the config key that a problem of an object is about: `tls.domains[0].main: ...` is about `...routers.web.tls.domains[0].main`. */
export type KeyAtFault = (object: LabelledObject, problem: string) => string;

/**
 * For the labels of one instance. A problem begins with the path of a field; its key is the one that says this field, else one around it,
 * else the first key of the object. A rule that no label says is made by `labels.defaultRule`.
 */
export function keysAtFault(labels: ReadonlyMap<string, Label>): KeyAtFault {
  let known: ReadonlyMap<string, string> | undefined;
  return ({ kind, name, key }, problem) => {
    known ??= new Map([...labels.values()].map((label) => [folded(label.name), label.key]));
    const [field = ""] = /^[\w.[\]-]+(?=: )/.exec(problem) ?? [];
    const ends = [...field.matchAll(/[.[]|$/g)].map(({ index }) => index).filter((end) => end > 0);
    for (const end of ends.reverse()) {
      const found = known.get(folded(`traefik.${kind}.${name}.${field.slice(0, end)}`));
      if (found !== undefined) return found;
    }
    return kind === "http.routers" && field === "rule" ? "labels.defaultRule" : key;
  };
}
