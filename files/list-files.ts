import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { byCodePoint } from "./by-code-point.ts";
import { follow } from "./follow.ts";
import { directoryCure, fileCure } from "./reading-cures.ts";

/** Which files of a directory are read. */
export interface ListingOptions {
  /** Whether its subdirectories are read too, at any depth. Links to directories are not followed. */
  readonly recursive?: boolean;
  /** Given a file's name without its directory: whether it is read, or the reason to report why it is not. */
  readonly reads: (name: string) => boolean | string;
}

/** The files of a directory and the directories to watch for changes. Names are relative to the directory: `web.yaml`, `shop/web.yaml`. */
export interface Listing {
  /** In code point order; `isLink` if the name may lead elsewhere. */
  readonly files: readonly { readonly name: string; readonly isLink: boolean }[];
  /** The real paths of the directory and its subdirectories. */
  readonly directories: readonly string[];
  /** Why a file or directory is not read, by name. */
  readonly problems: ReadonlyMap<string, string>;
}

/** A directory beyond these limits was probably named by mistake; also, every directory must be watched. */
export const limits = { depth: 16, directories: 1000, files: 10_000 };

/** Lists a directory by its real path. Names that begin with a dot are left out. It never rejects: it returns the directory's problem instead. */
export async function listFiles(
  real: string,
  options: ListingOptions,
): Promise<Listing | { problem: string; absent: boolean }> {
  const open = [""];
  const files: { name: string; isLink: boolean }[] = [];
  const problems = new Map<string, string>();
  for (const at of open) {
    const entries = await entriesOf(join(real, at));
    if ("error" in entries) {
      if (at === "") return { problem: directoryCure(entries.error), absent: entries.error.code === "ENOENT" };
      problems.set(at, fileCure(entries.error, false));
      continue;
    }
    for (const entry of entries.sort((a, b) => byCodePoint(a.name, b.name))) {
      const name = join(at, entry.name);
      if (options.recursive && entry.isDirectory()) {
        if (name.split("/").length <= limits.depth) open.push(name);
        else problems.set(name, `lies more than ${limits.depth} directories deep, so it is not read; move it up`);
        continue;
      }
      const reads = options.reads(entry.name);
      if (options.recursive && entry.isSymbolicLink() && (await leadsToDirectory(join(real, name))))
        problems.set(name, linked);
      else if (typeof reads === "string") problems.set(name, reads);
      else if (reads) files.push({ name, isLink: !entry.isFile() });
    }
    const most = open.length > limits.directories ? "directories" : files.length > limits.files ? "files" : undefined;
    if (most)
      return {
        problem: `holds more than ${limits[most]} ${most}, so nothing of it is read; name another, or split it`,
        absent: false,
      };
  }
  files.sort((a, b) => byCodePoint(a.name, b.name));
  return { files, directories: open.map((at) => join(real, at)), problems };
}

const linked = "is a link to a directory, which is not followed; put the directory itself there, or remove the link";

async function entriesOf(path: string): Promise<Dirent[] | { error: NodeJS.ErrnoException }> {
  try {
    return (await readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    return { error: error as NodeJS.ErrnoException };
  }
}

async function leadsToDirectory(path: string): Promise<boolean> {
  const { at, error } = await follow(path);
  if (error) return false;
  return await lstat(at).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
}
