import { type Problem, problemLine } from "../../files/problem.ts";
import { changedFiles, type Reading } from "../../files/read-directory.ts";

/**
 * How long files have to stay unchanged, in milliseconds. A removal waits longer: a checkout, an editor and a copy may leave a file away
 * or half written for a moment. After `patience`, files that still change keep their last content, and the others count.
 */
export const pace = { change: 100, removal: 1000, patience: 3000 };

/** A reading that counts. */
export interface Settled {
  readonly reading: Reading;
  /** The files that do not settle, a line each: the reading has their last content. */
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
      const busy = [...changed].flatMap(([file, at]) => (now - at < 0.9 * quiet ? [file] : []));
      if (busy.length === 0) return { reading, unsettled: [] };
      return now - began < pace.patience ? undefined : withoutBusy(reading, last, busy);
    },
  };
}

function withoutBusy(reading: Reading, last: Reading | undefined, busy: readonly string[]): Settled {
  const { directory } = reading;
  const restless = (file: string, then: string): Problem => ({ file, path: "", message: `does not settle: ${then}` });
  if (busy.includes(directory)) {
    const problem = restless(directory, "it comes and goes");
    return { reading: { ...reading, files: new Map(), problems: [problem] }, unsettled: [] };
  }
  const files = new Map(reading.files);
  const problems = reading.problems.filter(({ file }) => !busy.includes(file));
  const unsettled: string[] = [];
  for (const file of busy) {
    const bytes = last?.files.get(file);
    if (bytes) files.set(file, bytes);
    else files.delete(file);
    const problem = restless(
      file,
      `it is written again and again; ${bytes ? "its last content counts" : "it is not read"}`,
    );
    // Before the first reading, it may be a file whose content an earlier run knew.
    if (last) unsettled.push(problemLine(problem));
    else problems.push(problem);
  }
  return { reading: { ...reading, files, problems }, unsettled };
}
