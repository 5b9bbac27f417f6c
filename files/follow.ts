import { lstat, readlink } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/** As many as Linux follows. */
const mostLinks = 40;

export interface Followed {
  /** The real path; where there is an error, the last directory on the way that is there. */
  readonly at: string;
  /** The real directories of the links on the way. */
  readonly links: readonly string[];
  readonly error: NodeJS.ErrnoException | undefined;
}

/** Goes to where a path leads, as the kernel does, and remembers the links. It never rejects. */
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
