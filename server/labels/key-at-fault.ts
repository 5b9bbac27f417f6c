import { folded } from "../../traefik/model/shape.ts";
import type { LabelledObject } from "./labelled-object.ts";
import type { Label } from "./labels-of.ts";

/** Finds the config key that a problem of an object is about: `tls.domains[0].main: ...` is about `...routers.web.tls.domains[0].main`. */
export type KeyAtFault = (object: LabelledObject, problem: string) => string;

/**
 * For the labels of one instance. A problem begins with the path of a field; its key is the one that says this field, else the first one
 * inside of it, else one around it, else the first key of the object. A rule that no label says is made by `labels.defaultRule`.
 */
export function keysAtFault(labels: ReadonlyMap<string, Label>): KeyAtFault {
  let known: ReadonlyMap<string, string> | undefined;
  return ({ kind, name, key }, problem) => {
    known ??= new Map([...labels.values()].map((label) => [folded(label.name), label.key]));
    const [field = ""] = /^[\w.[\]-]+(?=: )/.exec(problem) ?? [];
    if (field === "") return key;
    const said = folded(`traefik.${kind}.${name}.${field}`);
    const inside = [...known].find(([label]) => label.startsWith(`${said}.`) || label.startsWith(`${said}[`));
    const ends = [...field.matchAll(/[.[]/g)].map(({ index }) => index - field.length);
    const around = ends.reverse().map((end) => known?.get(said.slice(0, end)));
    const found = known.get(said) ?? inside?.[1] ?? around.find((one) => one !== undefined);
    return found ?? (kind === "http.routers" && field === "rule" ? "labels.defaultRule" : key);
  };
}

/** The part of a config key that names its object: `user.traefik.http.routers.web` of `user.traefik.http.routers.web.rule`. */
export function objectKey(key: string): string {
  return /^user\.(label\.)?([^.]+\.){3}[^.]+/.exec(key)?.[0] ?? key;
}
