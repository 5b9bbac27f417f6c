import { constants } from "node:fs";
import { lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { z } from "zod";
import { type Kept, keptFormat, keptJson, keptSchema, nothingKept } from "./format.ts";

/** The state directory. Whoever can write it decides where traffic goes, so only this user may. */
export interface StateDirectory {
  readonly path: string;
  /** What was kept. A damaged file, or one of another version, is set aside, and `problem` says so. */
  read(): Promise<{ kept: Kept; problem: string | undefined }>;
  /** Keeps the newest value soon, whole or not at all. Writes one at a time and never rejects. */
  write(kept: Kept): void;
  /** Why the newest write failed. */
  problem(): string | undefined;
  /** Resolves when nothing is left to write. */
  settled(): Promise<void>;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Opens or makes the directory. Throws if another user owns it or can write to it, or if it can't be written. */
export async function openStateDirectory(path: string, traefik: string, log: Logger): Promise<StateDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const directory = await lstat(path);
  if (!directory.isDirectory()) throw new Error(`${path} is not a directory, or is a link: set state to a directory`);
  refuseForeign(path, directory);
  const file = join(path, "memory.json");
  const shape = keptSchema(traefik);
  let next: Kept | undefined;
  let written = "";
  let last = Promise.resolve();
  let problem: string | undefined;

  async function writeNewest(): Promise<void> {
    const text = next && JSON.stringify(keptJson(next), asText);
    next = undefined;
    if (text === undefined || text === written) return;
    try {
      await replaceFile(file, text);
      written = text;
      problem = undefined;
    } catch (error) {
      const words = `${file}: ${(error as Error).message}`;
      if (words !== problem) log.error({ problem: words }, "the memory is not written");
      problem = words;
    }
  }

  return {
    path,
    async read() {
      const text = await readFile(file);
      if (text === undefined) return { kept: nothingKept, problem: undefined };
      try {
        const kept = shape.parse(JSON.parse(text));
        written = text;
        return { kept, problem: undefined };
      } catch (error) {
        await rename(file, `${file}.set-aside`);
        const why = error instanceof z.ZodError ? `is not of format ${keptFormat}` : "is damaged";
        const cure = `it was moved to ${file}.set-aside, and the roll call starts without memory`;
        return { kept: nothingKept, problem: `${file} ${why}: ${cure}` };
      }
    },
    write(kept) {
      if (!next) last = last.then(writeNewest);
      next = kept;
    },
    problem: () => problem,
    settled: () => last,
  };
}

/** A number too large for JavaScript is written as text; the reader takes both. */
const asText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

function refuseForeign(path: string, { uid, mode }: { uid: number; mode: number }) {
  const self = process.getuid?.() ?? uid;
  if (uid !== self) throw new Error(`${path} belongs to user ${uid}, not to ${self}: chown it, or set state to another directory`);
  if ((mode & 0o022) !== 0) throw new Error(`${path} can be written by others: chmod go-w ${path}`);
}

/** Undefined if there is no such file. Links are not followed. */
async function readFile(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, O_RDONLY | O_NOFOLLOW);
    refuseForeign(path, await file.stat());
    return await file.readFile("utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new Error(`${path} is a link, which is not followed: remove it`);
    throw error;
  }
}

async function replaceFile(path: string, text: string) {
  const fresh = `${path}.new`;
  // Never rm: it removes a whole directory that appears between its two looks.
  await unlink(fresh).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  {
    await using file = await open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    await file.writeFile(text);
    await file.sync();
  }
  await rename(fresh, path);
}
