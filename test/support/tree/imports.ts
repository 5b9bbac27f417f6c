import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");

/** The TypeScript files under a folder, as paths from the root. */
export function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes("node_modules/") && !file.startsWith("stacks/provider"))
    .sort();
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** What a file imports: a package, a `node:` module, or a path from the root. Imports of types count too. */
export function importsOf(file: string): string[] {
  return [
    ...textOf(file).matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm),
  ]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "")
    .map((name) => (name.startsWith(".") ? relative(root, resolve(root, dirname(file), name)) : name));
}

/** The imports between folders: for each folder, the folders it imports and by which files. */
export function folderImports(files: readonly string[]): Map<string, Map<string, string[]>> {
  const folders = new Map<string, Map<string, string[]>>();
  for (const file of files)
    for (const target of importsOf(file)) {
      const [from, to] = [dirname(file), dirname(target)];
      if (from === to || !target.endsWith(".ts")) continue;
      const targets = folders.get(from) ?? new Map<string, string[]>();
      folders.set(from, targets.set(to, [...(targets.get(to) ?? []), `${file} -> ${target}`]));
    }
  return folders;
}

/** Files that import each other in a circle, each circle once; the first file stands at its end again. */
export function circles(files: readonly string[]): string[][] {
  const found = new Map<string, string[]>();
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]) {
    const at = path.indexOf(file);
    if (at >= 0) {
      const circle = path.slice(at);
      found.set([...circle].sort().join(" "), [...circle, file]);
    }
    if (at >= 0 || done.has(file)) return;
    for (const target of importsOf(file)) if (target.endsWith(".ts")) visit(target, [...path, file]);
    done.add(file);
  }
  for (const file of files) visit(file, []);
  return [...found.values()];
}
