import { constants } from "node:fs";
import { lstat, open, readdir, readlink, realpath } from "node:fs/promises";
import { dirname, join, parse, resolve, sep } from "node:path";
import { byCodePoint } from "./by-code-point.ts";
import type { Problem } from "./problem.ts";

/** What a directory of YAML files held at one moment. */
export interface Reading {
  readonly directory: string;
  /** The bytes of each `*.yaml` and `*.yml`, by path in code point order. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What could not be read, and why. */
  readonly problems: readonly Problem[];
  /**
   * The directories where a change may change the reading: the real one, those of the links on the way to it (a swapped link is
   * how git-sync and Kubernetes deliver), those of linked files; the nearest one above while the directory is missing.
   */
  readonly watched: readonly string[];
}

const largest = 1024 * 1024;
/** As many as Linux follows. */
const mostLinks = 40;

/** Reads a directory once. Never rejects: what cannot be read is a problem. */
export async function readDirectory(directory: string): Promise<Reading> {
  const links = await linksOnTheWay(directory);
  let real: string;
  let names: string[];
  try {
    real = await realpath(directory);
    names = await readdir(real);
  } catch (error) {
    const problem = { file: directory, path: "", message: cure(error as NodeJS.ErrnoException) };
    return { directory, files: new Map(), problems: [problem], watched: [...links, await nearest(directory)] };
  }
  const files = new Map<string, Uint8Array>();
  const problems: Problem[] = [];
  const watched = new Set([...links, real]);
  for (const name of names.filter(isGroupFile).sort(byCodePoint)) {
    const file = join(directory, name);
    try {
      const target = await realpath(join(real, name));
      if (!target.startsWith(real + sep)) throw new Error("is a link that leads out of its directory; it is not read");
      watched.add(dirname(target));
      files.set(file, await readWhole(target));
    } catch (error) {
      problems.push({ file, path: "", message: cure(error as NodeJS.ErrnoException) });
    }
  }
  return { directory, files, problems, watched: [...watched] };
}

/** Whether two readings found the same. */
export function sameReading(a: Reading, b: Reading): boolean {
  const problems = (reading: Reading) => reading.problems.map(({ file, message }) => `${file} ${message}`).join("\n");
  if (a.files.size !== b.files.size || problems(a) !== problems(b)) return false;
  return [...a.files].every(([file, bytes]) => {
    const other = b.files.get(file);
    return other !== undefined && Buffer.compare(bytes, other) === 0;
  });
}

/** What editors leave behind is no group file. */
function isGroupFile(name: string): boolean {
  return /\.ya?ml$/.test(name) && !name.startsWith(".");
}

async function readWhole(path: string): Promise<Uint8Array> {
  // Without O_NONBLOCK, opening a FIFO that nobody writes would wait for ever.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = await file.stat();
  if (!stat.isFile()) throw new Error("is not a regular file");
  if (stat.size > largest) throw new Error(`has ${stat.size} bytes; a group file has at most ${largest}`);
  return await file.readFile();
}

function cure(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "does not exist, or is a link to nowhere";
  if (error.code === "EACCES")
    return "may not be read by this user: give it read permission, and its directories search permission";
  if (error.code === "ENOTDIR") return "is not a directory";
  if (error.code === "ELOOP") return "is a link that leads back to itself";
  return error.message;
}

/** The directories of all symbolic links that a path goes through, those in their targets included. */
async function linksOnTheWay(path: string, followed = 0): Promise<string[]> {
  const absolute = resolve(path);
  const parts = absolute.split(sep).filter((part) => part !== "");
  let at = parse(absolute).root;
  for (const [index, part] of parts.entries()) {
    const target = await readlink(join(at, part)).catch(() => undefined);
    if (target === undefined || followed === mostLinks) at = join(at, part);
    else return [at, ...(await linksOnTheWay(resolve(at, target, ...parts.slice(index + 1)), followed + 1))];
  }
  return [];
}

async function nearest(directory: string): Promise<string> {
  for (let at = dirname(resolve(directory)); ; at = dirname(at)) {
    const stat = await lstat(at).catch(() => undefined);
    if (stat?.isDirectory() || at === dirname(at)) return at;
  }
}
