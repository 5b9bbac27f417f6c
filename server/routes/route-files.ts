import type { ListingOptions } from "../../files/list-files.ts";
import type { Problem } from "../../files/problem.ts";
import { readText } from "../../files/source-text.ts";

/**
 * Which files of the directory are read: those that Traefik's file provider reads, in subdirectories too, with endings in any case,
 * following links to files but not to directories (seen on 3.7.15); except TOML and names that begin with a dot.
 */
export const routeListing: ListingOptions = {
  recursive: true,
  reads: (name) =>
    /\.toml$/i.test(name)
      ? "is TOML, which is not read here; write it as YAML, with the same keys"
      : /\.ya?ml$/i.test(name),
};

/**
 * The Go template in a file, if any. Traefik's file provider runs each file as a template, in quotes and comments too (seen on 3.7.15).
 * rollcall runs none, so such a file would mean something else here.
 */
export function templateProblem(file: string, bytes: Uint8Array): Problem | undefined {
  const { source } = readText(file, bytes);
  const from = source.text.indexOf("{{");
  if (from < 0) return undefined;
  const message =
    'a Go template, and none is run here; write the value it stands for, and text with {{ as "\\x7b{" in double quotes';
  return { ...source.at(from, from + 2), path: "", message };
}
