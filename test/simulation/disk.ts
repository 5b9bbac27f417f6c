import { type Kept, keptReader, keptText, nothingKept } from "../../server/state/format.ts";
import type { StateDirectory } from "../../server/state/state-directory.ts";
import type { Wires } from "./wires.ts";

/** The disk of one history. What is written gets there later, and one write after the other. */
export interface Disk {
  /** For a server that starts. */
  open(): StateDirectory;
  /** The server ends: with `crash` what has not got there yet never does. Returns whether something is lost. */
  end(crash: boolean): boolean;
}

const read = keptReader("3.7");

export function createDisk(wires: Wires): Disk {
  let text = keptText(nothingKept);
  let next: Kept | undefined;
  let writing: Kept | undefined;
  let takeBack = () => {};
  let told: (() => void)[] = [];

  function begin() {
    [writing, next] = [next, undefined];
    const kept = writing;
    if (!kept) return;
    takeBack = wires.send("a write", 1000, () => {
      text = keptText(kept);
      begin();
      if (writing) return;
      for (const tell of told) tell();
      told = [];
    });
  }

  return {
    open() {
      const { kept, problem } = read(text);
      if (!kept || problem !== undefined) throw new Error(`the next server can't read what is kept: ${problem}`);
      return {
        path: "/state",
        kept,
        write(newest) {
          next = newest;
          if (!writing) begin();
        },
        settled: () =>
          writing ? new Promise((resolve) => told.push(() => resolve(undefined))) : Promise.resolve(undefined),
        problem: () => undefined,
        close: async () => {},
      };
    },
    end(crash) {
      const newest = next ?? writing;
      takeBack();
      [next, writing, told] = [undefined, undefined, []];
      const before = text;
      if (newest && !crash) text = keptText(newest);
      return newest !== undefined && crash && keptText(newest) !== before;
    },
  };
}
