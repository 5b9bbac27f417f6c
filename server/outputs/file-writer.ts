import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorWords } from "../../files/system-error.ts";
import { fileText, isRollcalls, versionIn } from "./file-text.ts";
import type { FileOutput } from "./settings.ts";
import type { Report, Writer, Written } from "./writer.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
/** No write takes so long, in milliseconds: an older temporary file is one of a writer that was killed. */
const longestWrite = 60_000;

/**
 * Writes a document whole into a directory that Traefik's file provider watches, by renaming a file that was written elsewhere: Traefik sees the
 * old bytes or the new ones, and at once. (A file made inside the directory delays it by its throttle; one that is truncated in place is no
 * routes at all until then: seen on 3.7.15.) `aside`: where to write it if neither the setting nor the parent of the directory can be used.
 */
export function createFileWriter({ file, temporary, mode }: FileOutput, aside: string): Writer {
  const directory = dirname(file);
  const [prefix, suffix] = [`.rollcall-${basename(file)}.`, ".new"];
  // Its own: another server may write the same file, and would rename what is half written here.
  const name = `${prefix}${randomBytes(6).toString("hex")}${suffix}`;
  const places = temporary === undefined ? [dirname(directory), aside, directory] : [temporary];
  const permissions = Number.parseInt(mode, 8);
  /** The text that was written last, and the directory that it was written to. */
  let last: { readonly text: string; readonly made: string } | undefined;

  async function write({ version, body }: Written): Promise<Report> {
    const made = await identityOf(directory);
    const text = fileText(version, body);
    const there = await read(file);
    const isOurs = there?.text === text && there.mode === permissions;
    if (last === undefined && there && there.text !== "" && !isOurs && !isRollcalls(there.text))
      throw new Error(`${file} was not written by rollcall: name another file, or remove that one`);
    const repaired =
      last === undefined || there?.text === last.text ? undefined : found(there?.text, versionIn(last.text));
    const place = isOurs ? undefined : await put(text);
    const isNew = last !== undefined && last.made !== made;
    last = { text, made };
    return {
      warnings: [
        ...(place === directory ? [`${file}: ${insideWatched}`] : []),
        ...(isNew
          ? [`${directory} is another directory than before: restart Traefik, which watches the one that is gone`]
          : []),
      ],
      repaired: repaired && `${file} ${repaired}`,
    };
  }

  /** Writes the file by way of the first place from which it can be renamed. Resolves with that. */
  async function put(text: string): Promise<string> {
    const problems: string[] = [];
    for (const place of places) {
      const fresh = join(place, name);
      try {
        await writeFresh(fresh, text, permissions);
        await rename(fresh, file);
        await using there = await open(directory);
        await there.sync();
        await Promise.all(places.map(tidy));
        return place;
      } catch (error) {
        await unlink(fresh).catch(() => {});
        const { code, syscall } = error as NodeJS.ErrnoException;
        if (syscall === "rename" && code === "EISDIR") throw new Error(`${file}: ${errorWords(error)}`);
        problems.push(`${place}: ${code === "EXDEV" ? "is on another file system" : errorWords(error)}`);
      }
    }
    throw new Error(`${file} can't be written by way of ${problems.join(", nor of ")}`);
  }

  /** Removes what writers that were killed have left in a place. Its age is that beside the new file: the machine's clock may be set. */
  async function tidy(place: string): Promise<void> {
    const { mtimeMs } = await stat(file);
    for (const entry of await readdir(place).catch(() => [])) {
      if (!entry.startsWith(prefix) || !entry.endsWith(suffix)) continue;
      const left = join(place, entry);
      const found = await stat(left).catch(() => undefined);
      if (found && mtimeMs - found.mtimeMs > longestWrite) await unlink(left).catch(() => {});
    }
  }

  return { target: `file ${file}`, write, close: async () => {} };
}

const insideWatched =
  "no directory beside the watched one can be used, so each change takes 2 s longer; name one of the same file system with temporary";

/** What a text means that lies where another one was written. */
function found(text: string | undefined, own: string | undefined): string {
  if (text === undefined) return "was gone";
  const version = versionIn(text);
  return version === undefined || version === own
    ? "was changed or cut off by somebody else"
    : `was written by another rollcall, version ${version.slice(0, 12)}: give each server a file of its own`;
}

/** Which directory it is: one that was removed and made again may have the inode of the former one. */
async function identityOf(directory: string): Promise<string> {
  const cure = "make it, and then restart Traefik, which does not notice a directory that comes later";
  const found = await stat(directory, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${directory}: ${errorWords(error)}${error.code === "ENOENT" ? `; ${cure}` : ""}`);
  });
  return `${found.dev} ${found.ino} ${found.birthtimeNs}`;
}

/** The text and the permissions of a file; undefined if there is none, or something else, which is replaced. */
async function read(file: string): Promise<{ readonly text: string; readonly mode: number } | undefined> {
  try {
    const found = await lstat(file);
    if (!found.isFile()) return undefined;
    return { text: await readFile(file, "utf8"), mode: found.mode & 0o777 };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // One that can't be read can still be replaced.
    if (code === "ENOENT" || code === "EACCES") return undefined;
    throw new Error(`${file}: ${errorWords(error)}`);
  }
}

async function writeFresh(path: string, text: string, mode: number): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await using file: FileHandle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  await file.writeFile(text);
  await file.chmod(mode);
  await file.sync();
}
