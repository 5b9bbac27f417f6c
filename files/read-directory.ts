import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { follow } from "./follow.ts";
import { type ListingOptions, listFiles } from "./list-files.ts";
import { byPlace, type Problem } from "./problem.ts";
import { directoryCure, fileCure } from "./reading-cures.ts";

/** The contents of a directory of YAML files at one moment. */
export interface Reading {
  readonly directory: string;
  /** The bytes of each file, by the directory as given joined with its name, in code point order. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What could not be read, and why. */
  readonly problems: readonly Problem[];
  /**
   * The directories to watch for changes: the real one and its subdirectories, those of linked files, and those of the links on the way
   * (git-sync and Kubernetes deliver by swapping a link). While the directory is missing, its nearest existing ancestor.
   */
  readonly watched: readonly string[];
  /** Whether the directory is missing; that is also one of the problems. */
  readonly absent: boolean;
}

const largest = 256 * 1024;
/** `*.yaml` and `*.yml`, but not the files that editors leave behind (`.web.yaml.swp`, `web.yaml~`). */
const flat: ListingOptions = { reads: (name) => /\.ya?ml$/.test(name) };

/** Reads a directory once; without options, its own `*.yaml` and `*.yml`. It never rejects: a file that cannot be read is a problem. */
export async function readDirectory(directory: string, options: ListingOptions = flat): Promise<Reading> {
  const { at: real, links, error } = await follow(directory);
  const watched = new Set([...links, real]);
  const listing = error
    ? { problem: directoryCure(error), absent: error.code === "ENOENT" }
    : await listFiles(real, options);
  if ("problem" in listing) {
    const problem = { file: directory, path: "", message: listing.problem };
    return { directory, files: new Map(), problems: [problem], watched: [...watched], absent: listing.absent };
  }
  const files = new Map<string, Uint8Array>();
  const problems: Problem[] = [...listing.problems].map(([name, message]) => ({
    file: join(directory, name),
    path: "",
    message,
  }));
  for (const at of listing.directories) watched.add(at);
  for (const { name, isLink } of listing.files) {
    const file = join(directory, name);
    const path = join(real, name);
    const target = isLink ? await follow(path) : { at: path, links: [], error: undefined };
    for (const link of target.links) watched.add(link);
    const bytes = target.error ? fileCure(target.error, target.links.length > 0) : await readInside(real, target.at);
    if (typeof bytes === "string") problems.push({ file, path: "", message: bytes });
    else {
      watched.add(dirname(target.at));
      files.set(file, bytes);
    }
  }
  return { directory, files, problems: problems.sort(byPlace), watched: [...watched], absent: false };
}

/** Whether two readings found the same content in the same places. */
export function sameReading(a: Reading, b: Reading): boolean {
  const about = ({ problems, watched }: Reading) => JSON.stringify([problems, watched]);
  if (a.files.size !== b.files.size || about(a) !== about(b)) return false;
  return [...a.files].every(([file, bytes]) => {
    const other = b.files.get(file);
    return other !== undefined && Buffer.compare(bytes, other) === 0;
  });
}

/** The bytes of a file at its real path, or why they are not read. */
async function readInside(real: string, path: string): Promise<Uint8Array | string> {
  if (!path.startsWith(real === "/" ? real : `${real}/`))
    return "is a link out of its directory, so it is not read; put the file itself there";
  try {
    // Opening a device can have side effects, so the file is checked before it is opened, and again afterwards.
    if (!(await lstat(path)).isFile()) return "is not a regular file, so it is not read; remove or rename it";
    // Without O_NONBLOCK, opening a FIFO without a writer would block forever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return "is not a regular file, so it is not read; remove or rename it";
      if (stat.size > largest) return `has ${stat.size} bytes, more than ${largest}, so it is not read; split it`;
      const buffer = Buffer.alloc(stat.size + 1);
      let size = 0;
      for (let read = 1; read > 0 && size < buffer.length; size += read)
        read = (await file.read(buffer, size, buffer.length - size)).bytesRead;
      return size > stat.size ? "grew while it was read; it is read again" : buffer.subarray(0, size);
    } finally {
      await file.close();
    }
  } catch (error) {
    return fileCure(error as NodeJS.ErrnoException, false);
  }
}
