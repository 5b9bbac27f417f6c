import { constants } from "node:fs";
import { open, rename, unlink } from "node:fs/promises";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Writes a file whole or not at all: a reader sees the old bytes or the new ones. By default only this user can read it. */
export async function writeWhole(path: string, bytes: string | Uint8Array, mode = 0o600): Promise<void> {
  const fresh = `${path}.new`;
  // Never rm: it removes a whole directory that appears between its two looks.
  await unlink(fresh).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  {
    await using file = await open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    await file.writeFile(bytes);
    await file.sync();
  }
  await rename(fresh, path);
}
