import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { follow } from "./follow.ts";
import { type ListingOptions, listFiles } from "./list-files.ts";
import { byPlace, type Problem } from "./problem.ts";
import { directoryCure, fileCure } from "./reading-cures.ts";
import { readsYaml } from "./reads-yaml.ts";

/** The contents of a directory of YAML files at one moment. */
export interface Reading {
  readonly directory: string;
  /** The bytes of each file, by the directory as given joined with its name, in code point order. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The files that belong to those, named as they are: their bytes, or why they are not read. */
  readonly attached: ReadonlyMap<string, Uint8Array | string>;
  /** What could not be read, and why. */
  readonly problems: readonly Problem[];
  /** What was not meant to be read as far as one can tell, and is mentioned in case it was. */
  readonly remarks: readonly Problem[];
  /** The directory and its subdirectories, named as the files are, if they are empty: perhaps something is not mounted there. */
  readonly empty: readonly string[];
  /**
   * The directories to watch for changes: the real one and its subdirectories, those of linked files, and those of the links on the way
   * (git-sync and Kubernetes deliver by swapping a link). While the directory is missing, its nearest existing ancestor.
   */
  readonly watched: readonly string[];
  /** Whether the directory is missing; that is also one of the problems. */
  readonly absent: boolean;
}

const largest = 256 * 1024;

/** What a directory comes to of which nothing could be read. */
export const nothingRead: Omit<Reading, "directory"> = {
  files: new Map(),
  attached: new Map(),
  problems: [],
  remarks: [],
  empty: [],
  watched: [],
  absent: false,
};

/** Reads a directory once; without options, its own YAML files. It never rejects: a file that cannot be read is a problem. */
export async function readDirectory(
  directory: string,
  options: ListingOptions = { reads: readsYaml },
): Promise<Reading> {
  const { at: real, links, error } = await follow(directory);
  const watched = new Set([...links, real]);
  const listing = error
    ? { problem: directoryCure(error), absent: error.code === "ENOENT" }
    : await listFiles(real, options);
  if ("problem" in listing) {
    const problem = { file: directory, path: "", message: listing.problem };
    const { absent } = listing;
    return { ...nothingRead, directory, problems: [problem], watched: [...watched], absent };
  }
  const files = new Map<string, Uint8Array>();
  const about = (texts: ReadonlyMap<string, string>) =>
    [...texts].map(([name, message]): Problem => ({ file: join(directory, name), path: "", message })).sort(byPlace);
  const problems = about(listing.problems);
  for (const { name } of listing.directories) watched.add(join(real, name));
  const read = async (name: string, isLink: boolean, absent?: string) => {
    const path = join(real, name);
    const target = isLink ? await follow(path) : { at: path, links: [], error: undefined };
    for (const link of target.links) watched.add(link);
    if (absent !== undefined && target.error?.code === "ENOENT" && target.links.length === 0) return absent;
    if (target.error) return fileCure(target.error, target.links.length > 0);
    const bytes = await readInside(real, target.at);
    if (typeof bytes === "object") watched.add(dirname(target.at));
    return bytes;
  };
  for (const { name, isLink } of listing.files) {
    const file = join(directory, name);
    const bytes = await read(name, isLink);
    if (typeof bytes === "string") problems.push({ file, path: "", message: bytes });
    else files.set(file, bytes);
  }
  const attached = new Map<string, Uint8Array | string>();
  const belonging = [...files.values()].flatMap((bytes) => options.attaches?.(bytes) ?? []);
  for (const name of new Set(belonging)) attached.set(join(directory, name), await read(name, true, "does not exist"));
  return {
    directory,
    files,
    attached,
    problems: problems.sort(byPlace),
    // A subdirectory of files that belong to others is no mistake.
    remarks: about(listing.remarks).filter(
      ({ file }) => ![...attached.keys()].some((one) => one.startsWith(`${file}/`)),
    ),
    empty: listing.directories.filter(({ isEmpty }) => isEmpty).map(({ name }) => join(directory, name)),
    watched: [...watched],
    absent: false,
  };
}

/** Whether two readings found the same content in the same places. */
export function sameReading(a: Reading, b: Reading): boolean {
  const about = ({ problems, remarks, empty, watched }: Reading) => JSON.stringify([problems, remarks, empty, watched]);
  return about(a) === about(b) && changedFiles(a, b).length === 0;
}

/** The files, and the directory, with other content or another problem in one reading than in another. */
export function changedFiles(a: Reading, b: Reading): string[] {
  const [before, after] = [contents(a), contents(b)];
  return [...new Set([...before.keys(), ...after.keys()])].filter((file) => {
    const [one, other] = [before.get(file), after.get(file)];
    if (typeof one === "object" && typeof other === "object") return Buffer.compare(one, other) !== 0;
    return one !== other;
  });
}

/** The bytes of each file, or its problem. */
function contents({ files, attached, problems }: Reading): Map<string, Uint8Array | string> {
  const all = new Map<string, Uint8Array | string>([...attached, ...files]);
  for (const { file, message } of problems) all.set(file, message);
  return all;
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
