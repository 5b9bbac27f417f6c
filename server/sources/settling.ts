import { problemLine } from "../../files/problem.ts";
import { changedFiles, type Reading } from "../../files/read-directory.ts";

/**
 * How long files have to stay unchanged, in milliseconds. A removal waits longer: a checkout, an editor and a copy may leave a file away
 * or half written for a moment. After `patience`, files that still change keep their last content, and the others count.
 */
export const pace = { change: 100, removal: 1000, patience: 3000 };

/** A reading that counts. */
export interface Settled {
  readonly reading: Reading;
  /** The files that do not settle or are half written, a line each: the reading has their last content. */
  readonly unsettled: readonly string[];
}

/** Follows the readings of one directory, in milliseconds of any clock. */
export interface Settling {
  reading(): Reading;
  note(reading: Reading, at: number): void;
  /** What has been unchanged for that long, with the files of `last` in place of those that do not settle. Undefined if it is too early. */
  settled(last: Reading | undefined, quiet: number): Settled | undefined;
}

export function createSettling(first: Reading, began: number): Settling {
  let [reading, now] = [first, began];
  /** When a file was last seen to change. */
  const changed = new Map<string, number>();
  return {
    reading: () => reading,
    note(next, at) {
      for (const file of changedFiles(reading, next)) changed.set(file, at);
      [reading, now] = [next, at];
    },
    settled(last, quiet) {
      // A timer may be a little early.
      if (now - began < 0.9 * quiet) return undefined;
      const restless = [...changed].flatMap(([file, at]) => (now - at < 0.9 * quiet ? [file] : []));
      if (restless.length > 0 && now - began < pace.patience) return undefined;
      const stuck = new Map(restless.map((file) => [file, "does not settle: it is written again and again"]));
      for (const [file, bytes] of reading.files)
        if (!stuck.has(file) && isCutOff(bytes, last?.files.get(file)))
          stuck.set(file, "is half written: it ends in the middle of a line of its last content");
      return stuck.size === 0 ? { reading, unsettled: [] } : withLastOf(reading, last, stuck);
    },
  };
}

/** Whether a file has lost its last line break, as half of one has: it waits as long as a removal. */
export function looksUnfinished({ files }: Reading, last: Reading | undefined): boolean {
  return [...files].some(([file, bytes]) => last?.files.get(file)?.at(-1) === lineBreak && bytes.at(-1) !== lineBreak);
}

/** Whether a file is the beginning of what it was, up to the middle of a line: `port: 30` of `port: 3000`. */
function isCutOff(bytes: Uint8Array, before: Uint8Array | undefined): boolean {
  const next = before?.[bytes.length];
  if (!before || bytes.length === 0 || next === undefined || next === lineBreak || before.at(-1) !== lineBreak)
    return false;
  return bytes.at(-1) !== lineBreak && Buffer.compare(before.subarray(0, bytes.length), bytes) === 0;
}

const lineBreak = 10;

/** A reading with the last content of some files, each with what is wrong with it. */
function withLastOf(reading: Reading, last: Reading | undefined, stuck: ReadonlyMap<string, string>): Settled {
  const { directory } = reading;
  if (stuck.has(directory)) {
    const problem = { file: directory, path: "", message: "does not settle: it comes and goes" };
    return { reading: { ...reading, files: new Map(), problems: [problem] }, unsettled: [] };
  }
  const files = new Map(reading.files);
  const attached = new Map(reading.attached);
  const problems = reading.problems.filter(({ file }) => !stuck.has(file));
  const unsettled: string[] = [];
  for (const [file, why] of stuck) {
    const belongs = reading.attached.has(file) || last?.attached.has(file);
    const bytes = belongs ? last?.attached.get(file) : last?.files.get(file);
    if (belongs) attached.set(file, bytes ?? why);
    else if (typeof bytes === "object") files.set(file, bytes);
    else files.delete(file);
    const problem = { file, path: "", message: `${why}; ${bytes ? "its last content counts" : "it is not read"}` };
    // Before the first reading, it may be a file whose content an earlier run knew.
    if (last) unsettled.push(problemLine(problem));
    else problems.push(problem);
  }
  return { reading: { ...reading, files, attached, problems }, unsettled };
}
