import { constants } from "node:fs";
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The bytes that a file is to have, and those that it was read with. */
export interface Replacement {
  readonly file: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * Gives files other bytes, each at once: whoever reads one sees the old one or the new one. It keeps its mode, and its owner where
 * that is permitted; of a link it is the target that is replaced. All new bytes are on the disk before the first file is replaced.
 * Throws an Error with the cure when a file was changed since it was read or cannot be written; all files are as they were then.
 */
export async function replaceFiles(replacements: readonly Replacement[]): Promise<void> {
  const prepared: Prepared[] = [];
  const done: Replacement[] = [];
  try {
    for (const one of replacements) prepared.push(await prepare(one));
    for (const [index, one] of replacements.entries()) {
      await prepared[index]?.commit();
      done.push(one);
    }
  } catch (error) {
    for (const { file, before, after } of done) await (await prepare({ file, before: after, after: before })).commit();
    throw error;
  } finally {
    for (const one of prepared) await one.discard();
  }
}

/** New bytes that lie beside a file, on the disk, where no reader of group files sees them. While they do, nobody else adds others. */
interface Prepared {
  commit(): Promise<void>;
  /** After `commit` it does nothing. */
  discard(): Promise<void>;
}

async function prepare({ file, before, after }: Replacement): Promise<Prepared> {
  const target = await realpath(file).catch((error: Error) => {
    throw new Error(`${file} is not there any more: ${error.message}`);
  });
  const temporary = join(dirname(target), `.${basename(target)}.rollcall`);
  let handle: FileHandle;
  try {
    handle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
  } catch (error) {
    throw new Error(notCreated(file, temporary, error as NodeJS.ErrnoException));
  }
  let done = false;
  const discard = async () => {
    if (!done) await rm(temporary, { force: true });
    done = true;
  };
  try {
    await fill(handle, target, after);
  } catch (error) {
    await discard();
    throw new Error(`${file} cannot be written: ${(error as Error).message}; it is as it was`);
  }
  return {
    async commit() {
      if (Buffer.compare(await readFile(file), before) !== 0 || (await realpath(file)) !== target)
        throw new Error(`${file} was changed by somebody else meanwhile; it is as they left it. Try again`);
      await rename(temporary, target);
      done = true;
      await sync(dirname(target));
    },
    discard,
  };
}

function notCreated(file: string, temporary: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === "EEXIST")
    return `${file} is being edited by another rollcall; if there is none, remove what one left behind: ${temporary}`;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `${file} cannot be replaced: this user may not create files in ${dirname(temporary)}`;
  return `${file} cannot be written: ${message}; it is as it was`;
}

async function fill(handle: FileHandle, target: string, bytes: Uint8Array): Promise<void> {
  try {
    await handle.writeFile(bytes);
    const { uid, gid, mode } = await stat(target);
    const own = await handle.stat();
    // Only root gives files away; of the groups that one is in, one may choose.
    if (own.uid !== uid) await handle.chown(uid, gid).catch(() => {});
    if (own.gid !== gid) await handle.chown(-1, gid).catch(() => {});
    await handle.chmod(mode & 0o777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is on the disk when its directory is. Some file systems know no such thing. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
