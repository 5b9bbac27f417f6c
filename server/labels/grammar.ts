import { byCodePoint } from "../../files/by-code-point.ts";
import { goFlag } from "../../traefik/decode/go-scalars.ts";
import { folded } from "../../traefik/model/shape.ts";
import type { Label } from "./labels-of.ts";
import { labelExcess } from "./limits.ts";

/** What the labels of an instance say, as a file would write it; all values are text. */
export type Written = string | WrittenMap | readonly Written[];
export interface WrittenMap {
  readonly [name: string]: Written;
}

interface Node {
  readonly name: string;
  /** The config key that named it first. */
  readonly key: string;
  value: string | undefined;
  /** By their names without regard to case. */
  readonly children: Map<string, Node>;
}

/** What labels that declare objects begin with, in any case. */
export const sections = ["traefik.http", "traefik.tcp", "traefik.udp", "traefik.tls"];

/** An object that labels declare, such as router `web` of `http`. */
export interface WrittenObject {
  readonly section: string;
  readonly part: string;
  readonly name: string;
  readonly key: string;
  readonly written: Written;
}

/**
 * The objects that labels declare, by the grammar of Traefik's Docker labels (paerser's DecodeToNode): dots separate names, which are
 * case-insensitive and spelled as in the first key; `[n]` at the end of a name is an item of a list. As in Traefik, a label that breaks
 * the grammar is a problem for the whole instance.
 */
export function writtenObjects(labels: ReadonlyMap<string, Label>): WrittenObject[] | { readonly problem: string } {
  const root: Node = { name: "traefik", key: "", value: undefined, children: new Map() };
  const names = [...labels.keys()].filter((name) => sections.some((one) => name.toLowerCase().startsWith(one)));
  for (const name of names.sort(byCodePoint)) {
    const { key, value } = labels.get(name) as Label;
    const excess = labelExcess(name);
    if (excess !== undefined) return { problem: `${key.slice(0, 80)}${key.length > 80 ? "..." : ""}: ${excess}` };
    const path = namesIn(name);
    if (typeof path === "string") return { problem: `${key}: ${path}` };
    if (path.length < 4) return { problem: `${key}: names no object, such as traefik.http.routers.NAME.rule` };
    put(root, path.slice(1), { key, value });
  }
  const found: WrittenObject[] = [];
  for (const section of root.children.values())
    for (const part of section.children.values())
      for (const object of part.children.values()) {
        const { name, key } = object;
        found.push({ section: section.name, part: part.name, name, key, written: written(object) });
      }
  return found;
}

/** The names in a label, or what is wrong with one of them. */
function namesIn(label: string): string[] | string {
  const path: string[] = [];
  for (const part of label.split(".")) {
    if (part === "") return "has an empty name between dots";
    if (part === "__proto__") return "a name can't be this";
    if (part.startsWith("[")) return "a name does not begin with [, which is for the items of a list";
    const bracket = part.endsWith("]") ? part.indexOf("[") : -1;
    path.push(...(bracket > 0 ? [part.slice(0, bracket), part.slice(bracket)] : [part]));
  }
  return path;
}

function put(root: Node, path: readonly string[], { key, value }: { readonly key: string; readonly value: string }) {
  let node = root;
  for (const name of path) {
    const child = node.children.get(folded(name)) ?? { name, key, value: undefined, children: new Map() };
    node.children.set(folded(name), child);
    node = child;
  }
  node.value = value;
}

/** `tls=false` means no TLS, whatever else is said of it; any other value is ignored if there are labels below it. */
function written({ value, children: named }: Node): Written {
  const children = [...named.values()];
  if (children.length === 0 || (value !== undefined && goFlag(value) === false)) return value ?? "";
  if (children.every(({ name }) => /^\[\d+\]$/.test(name)))
    return children.sort((a, b) => index(a) - index(b)).map(written);
  return Object.fromEntries(children.map((child) => [child.name, written(child)]));
}

function index({ name }: Node): number {
  return Number(name.slice(1, -1));
}
