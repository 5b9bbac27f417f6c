import { lstat, readlink } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/** Linux's own limit. */
const mostLinks = 40;

export interface Followed {
  /** The real path; on an error, the last existing directory on the way. */
  readonly at: string;
  /** The real directories of the links on the way. */
  readonly links: readonly string[];
  readonly error: NodeJS.ErrnoException | undefined;
}

/** Resolves a path as the kernel does and records the links on the way. It never rejects. */
export async function follow(path: string): Promise<Followed> {
  const links: string[] = [];
  let at = "/";
  try {
    const left = (isAbsolute(path) ? path : `${process.cwd()}/${path}`).split("/");
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      const next = join(at, part);
      const stat = await lstat(next);
      if (!stat.isSymbolicLink()) {
        if (left.length > 0 && !stat.isDirectory())
          throw Object.assign(new Error(`${next} is a file`), { code: "ENOTDIR" });
        at = next;
        continue;
      }
      links.push(at);
      if (links.length > mostLinks) throw Object.assign(new Error("too many links"), { code: "ELOOP" });
      const target = await readlink(next);
      if (isAbsolute(target)) at = "/";
      left.unshift(...target.split("/"));
    }
    return { at, links: [...new Set(links)], error: undefined };
  } catch (error) {
    return { at, links: [...new Set(links)], error: error as NodeJS.ErrnoException };
  }
}
