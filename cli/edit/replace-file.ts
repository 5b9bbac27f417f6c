import { constants } from "node:fs";
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Lock, LockHeld, takeLock } from "../../files/lock.ts";
import { errorWords } from "../../files/system-error.ts";

/** The new bytes of a file, and those that were read. */
export interface Replacement {
  readonly file: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * Replaces files, each atomically: a reader sees the old bytes or the new ones. A file keeps its mode, and its owner if permitted; of a
 * link the target is replaced. All new bytes are on the disk before the first file is replaced. Throws an Error with the cure if a
 * file was changed since it was read or can't be written; then all files are unchanged. One edit at a time has a directory, and what one
 * that was killed has left there is removed.
 */
export async function replaceFiles(replacements: readonly Replacement[]): Promise<void> {
  const locks: Lock[] = [];
  try {
    const directories = new Map<string, string>();
    for (const { file } of replacements) directories.set(dirname(await targetOf(file)), file);
    for (const [directory, file] of directories) locks.push(await lockFor(file, directory));
    await replaceAll(replacements);
  } finally {
    for (const lock of locks) lock.release();
  }
}

async function lockFor(file: string, directory: string): Promise<Lock> {
  try {
    return await takeLock(directory, "another rollcall", { attempts: 20 });
  } catch (error) {
    if (error instanceof LockHeld) throw new Error(`${file} is not edited: ${error.message}`);
    throw new Error(notCreated(file, directory, error as NodeJS.ErrnoException));
  }
}

async function targetOf(file: string): Promise<string> {
  return await realpath(file).catch((error: Error) => {
    throw new Error(`${file} no longer exists, or can't be reached: ${errorWords(error)}`);
  });
}

async function replaceAll(replacements: readonly Replacement[]): Promise<void> {
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

/** New bytes on the disk next to a file, hidden from readers of group files. */
interface Prepared {
  commit(): Promise<void>;
  /** After `commit` it does nothing. */
  discard(): Promise<void>;
}

async function prepare({ file, before, after }: Replacement): Promise<Prepared> {
  const target = await targetOf(file);
  const temporary = join(dirname(target), `.${basename(target)}.rollcall`);
  let handle: FileHandle;
  try {
    await rm(temporary, { force: true });
    handle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
  } catch (error) {
    throw new Error(notCreated(file, dirname(target), error as NodeJS.ErrnoException));
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
    throw new Error(`${file} cannot be written: ${errorWords(error)}; it is unchanged`);
  }
  return {
    async commit() {
      if (Buffer.compare(await readFile(file), before) !== 0 || (await realpath(file)) !== target)
        throw new Error(`${file} was changed by another program meanwhile, and is left as it is. Try again`);
      await rename(temporary, target);
      done = true;
      await sync(dirname(target));
    },
    discard,
  };
}

function notCreated(file: string, directory: string, error: NodeJS.ErrnoException): string {
  const { code } = error;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `${file} cannot be replaced: this user may not create files in ${directory}`;
  return `${file} cannot be written: ${errorWords(error)}; it is unchanged`;
}

async function fill(handle: FileHandle, target: string, bytes: Uint8Array): Promise<void> {
  try {
    await handle.writeFile(bytes);
    const { uid, gid, mode } = await stat(target);
    const own = await handle.stat();
    // Only root can change the owner; a user can choose among their own groups.
    if (own.uid !== uid) await handle.chown(uid, gid).catch(() => {});
    if (own.gid !== gid) await handle.chown(-1, gid).catch(() => {});
    await handle.chmod(mode & 0o777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is durable once its directory is synced. Some file systems don't support that. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
