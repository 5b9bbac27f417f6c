import { constants } from "node:fs";
import { open } from "node:fs/promises";

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Throws if another user owns the file or directory, or can write to it. */
export function refuseForeign(path: string, { uid, mode }: { uid: number; mode: number }) {
  const self = process.getuid?.() ?? uid;
  if (uid !== self)
    throw new Error(`${path} belongs to user ${uid}, not to ${self}: chown it, or set state to another directory`);
  if ((mode & 0o022) !== 0) throw new Error(`${path} can be written by others: chmod go-w ${path}`);
}

/**
 * The text of a file that only this user can write; undefined if there is none. Throws if it is anything else, or if it is a `secret` that
 * everybody can read.
 */
export async function readOwn(path: string, { secret = false } = {}): Promise<string | undefined> {
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is not a regular file: remove it`);
    refuseForeign(path, stat);
    if (secret && (stat.mode & 0o007) !== 0) throw new Error(`${path} can be read by everybody: chmod o= ${path}`);
    return await file.readFile("utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new Error(`${path} is a link, which is not followed: remove it`);
    // A socket can't be opened.
    if (code === "ENXIO") throw new Error(`${path} is not a regular file: remove it`);
    throw error;
  }
}
