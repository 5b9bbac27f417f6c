import type { ListingOptions } from "../../files/list-files.ts";
import type { Problem } from "../../files/problem.ts";
import { readText } from "../../files/source-text.ts";

/**
 * Which files of the directory are read: as Traefik's file provider reads them, with all directories in it and endings in any case,
 * links to files followed and links to directories not (seen on 3.7.15); but for TOML, and for what begins with a dot.
 */
export const routeListing: ListingOptions = {
  recursive: true,
  reads: (name) =>
    /\.toml$/i.test(name)
      ? "is TOML, which is not read here; write it as YAML, with the same keys"
      : /\.ya?ml$/i.test(name),
};

/**
 * The Go template that a file holds, undefined where it holds none. Traefik's file provider runs each file as one, in quotes and in comments
 * too (seen on 3.7.15); here none is run, and a file that needs it would mean something else.
 */
export function templateProblem(file: string, bytes: Uint8Array): Problem | undefined {
  const { source } = readText(file, bytes);
  const from = source.text.indexOf("{{");
  if (from < 0) return undefined;
  const message =
    'a Go template, and none is run here; write the value it stands for, and text with {{ as "\\x7b{" in double quotes';
  return { ...source.at(from, from + 2), path: "", message };
}
