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
  /**
   * Given a file's name without its directory: whether it is read. Text says why it is not: a problem, or in an object only a remark,
   * because the file may well be something else.
   */
  readonly reads: (name: string) => boolean | string | { readonly remark: string };
  /** Given a file's bytes: which other files belong to it, by their paths from its directory. */
  readonly attaches?: (bytes: Uint8Array) => readonly string[];
}

/** The files of a directory and of its subdirectories. Names are relative to the directory: `web.yaml`, `shop/web.yaml`. */
export interface Listing {
  /** In code point order; `isLink` if the name may lead elsewhere. */
  readonly files: readonly { readonly name: string; readonly isLink: boolean }[];
  /** The directory itself, which is "", and its subdirectories; `isEmpty` if nothing is in it whose name doesn't begin with a dot. */
  readonly directories: readonly { readonly name: string; readonly isEmpty: boolean }[];
  /** Why a file or directory is not read, by name. */
  readonly problems: ReadonlyMap<string, string>;
  readonly remarks: ReadonlyMap<string, string>;
}

/** A directory beyond these limits was probably named by mistake; also, every directory must be watched. */
export const limits = { depth: 16, directories: 1000, files: 10_000 };

/**
 * Lists a directory by its real path. Names that begin with a dot are left out. It never rejects: it returns the directory's problem
 * instead.
 */
export async function listFiles(
  real: string,
  { recursive = false, reads: readsFile }: ListingOptions,
): Promise<Listing | { problem: string; absent: boolean }> {
  const open = [""];
  const empty = new Set<string>();
  const files: { name: string; isLink: boolean }[] = [];
  const remarks = new Map<string, string>();
  const problems = new Map<string, string>();
  for (const at of open) {
    const entries = await entriesOf(join(real, at));
    if ("error" in entries) {
      if (at === "") return { problem: directoryCure(entries.error), absent: entries.error.code === "ENOENT" };
      problems.set(at, fileCure(entries.error, false));
      continue;
    }
    if (entries.length === 0) empty.add(at);
    for (const entry of entries.sort((a, b) => byCodePoint(a.name, b.name))) {
      const name = join(at, entry.name);
      if (entry.isDirectory() && !recursive && readsFile(entry.name) !== true) {
        const inside = await entriesOf(join(real, name));
        if (!("error" in inside) && inside.some((one) => readsFile(one.name) === true)) remarks.set(name, tooDeep);
        continue;
      }
      if (entry.isDirectory() && recursive) {
        if (name.split("/").length <= limits.depth) open.push(name);
        else problems.set(name, `lies more than ${limits.depth} directories deep, so it is not read; move it up`);
        continue;
      }
      const reads = readsFile(entry.name);
      if (recursive && entry.isSymbolicLink() && (await leadsToDirectory(join(real, name)))) problems.set(name, linked);
      else if (typeof reads === "string") problems.set(name, reads);
      else if (typeof reads === "object") remarks.set(name, reads.remark);
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
  return { files, directories: open.map((name) => ({ name, isEmpty: empty.has(name) })), problems, remarks };
}

const tooDeep = "is a subdirectory, so the files in it are not read; move them up if they should be";
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
