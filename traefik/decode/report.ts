import type { DecoderNode } from "./node.ts";
import type { Finding, Span } from "./value.ts";

export type Path = readonly (string | number)[];

/** What a reading found: refusals, and what is read differently from what is written. */
export interface Report {
  readonly problems: Finding[];
  readonly altered: Finding[];
  /** The version of Traefik. */
  readonly version: string;
}

/** Where something is: the path to its parent with its name, or its index in a list. */
export function pathOf(parent: Path, node: DecoderNode): Path {
  const index = /^\[(\d+)\]$/.exec(node.name)?.[1];
  // An item of a list has no key.
  return [...parent, index !== undefined && node.key.from === node.from ? Number(index) : node.name];
}

export function refuse({ problems }: Report, path: Path, { from, to }: Span, message: string): void {
  problems.push({ path, from, to, message });
}

export function alter({ altered }: Report, path: Path, { from, to }: Span, message: string): void {
  altered.push({ path, from, to, message });
}
