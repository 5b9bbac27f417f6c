import { closeSync, constants, fchmodSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a directory that only this user can enter, or takes an existing one and makes it so. Nothing in it leads elsewhere: throws an
 * Error with the cure if the directory or one of its own entries is a link, or belongs to another user, or if it is shared as /tmp is.
 */
export function privateDirectory(path: string): void {
  const directory = openOrMake(path);
  try {
    const { uid, mode } = fstatSync(directory);
    refuseForeign(path, uid);
    if ((mode & sticky) !== 0) throw new Error(`${path} is shared by all users: name a directory in it`);
    refuseEntries(path);
    fchmodSync(directory, 0o700);
  } finally {
    closeSync(directory);
  }
  // What others may have added until then.
  refuseEntries(path);
}

const sticky = 0o1000;

function refuseEntries(path: string) {
  for (const name of readdirSync(path)) {
    const entry = join(path, name);
    const stat = lstatSync(entry, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) throw new Error(`${entry} is a link, which is not followed: remove it`);
    if (stat) refuseForeign(entry, stat.uid);
  }
}

function openOrMake(path: string): number {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST" && code !== "ELOOP" && code !== "ENOTDIR") throw error;
    throw new Error(`${path} is a link or a file: name a directory, whose path is not a link`);
  }
}

function refuseForeign(path: string, uid: number) {
  const self = process.getuid?.() ?? uid;
  if (uid !== self) throw new Error(`${path} belongs to user ${uid}, not to ${self}: chown it, or remove it`);
}

/** Runs something that makes files, so that only this user can read them. */
export function privately<T>(make: () => T): T {
  const before = process.umask(0o077);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}
