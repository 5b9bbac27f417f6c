import { escaped } from "./re2-escape.ts";
import type { Flags } from "./re2-group.ts";
import { countProblem, mostRepeats, type Repetition } from "./re2-repeat.ts";

/** What a parenthesis opened: what can be repeated there, how often it repeats what is in it, and the most of all that. */
interface Frame {
  readonly flags: Flags;
  last: number | undefined;
  most: number;
}

export interface Builder {
  flags(): Flags;
  setFlags(flags: Flags): void;
  /** Adds what can be repeated; `js` is undefined where JavaScript has no word for it. */
  item(js: string | undefined, folds?: boolean): void;
  literal(point: number): void;
  bar(): void;
  /** These give what is wrong, if anything is. */
  open(): string | undefined;
  close(): string | undefined;
  repeat(repetition: Repetition): string | undefined;
  /** Whether every parenthesis is closed, and the expression in JavaScript. */
  finish(): { readonly closed: boolean; readonly js: RegExp | undefined };
}

const deepest = 1000;

/** Builds an expression of JavaScript's, and watches what Go watches: what repeats what, how often, and how deep. */
export function createBuilder(): Builder {
  let flags: Flags = { i: false, m: false, s: false, U: false };
  const outer: Frame[] = [];
  let frame: Frame = { flags, last: undefined, most: 1 };
  let js: string[] | undefined = [];
  /** With which settings of the flag `i` letters were read: JavaScript has one for all. */
  const cases = new Set<boolean>();

  function emit(text: string | undefined): void {
    if (text === undefined) js = undefined;
    else js?.push(text);
  }
  function settled(): number {
    return Math.max(frame.most, frame.last ?? 1);
  }
  function item(text: string | undefined, folds = false, repeats = 1): void {
    if (folds) cases.add(flags.i);
    frame.most = settled();
    frame.last = repeats;
    emit(text);
  }

  return {
    flags: () => flags,
    setFlags(next) {
      flags = next;
    },
    item: (text, folds) => item(text, folds),
    literal: (point) => item(escaped(point), true),
    bar() {
      frame.most = settled();
      frame.last = undefined;
      emit("|");
    },
    open() {
      if (outer.length === deepest) return `more than ${deepest} groups in each other`;
      outer.push(frame);
      frame = { flags, last: undefined, most: 1 };
      emit("(?:");
      return undefined;
    },
    close() {
      const parent = outer.pop();
      if (!parent) return "the ) closes nothing";
      const repeats = settled();
      flags = frame.flags;
      frame = parent;
      item(")", false, repeats);
      return undefined;
    },
    repeat({ text, times }) {
      const wrong = countProblem(times);
      if (wrong !== undefined) return wrong;
      if (frame.last === undefined) return "there is nothing to repeat";
      if (times) {
        const most = times.max < 0 ? times.min : times.max;
        frame.last = times.max === 0 ? 1 : Math.max(1, most) * frame.last;
        if (Math.max(times.min, times.max) >= 2 && frame.last > mostRepeats)
          return `counts in each other make more than ${mostRepeats} repetitions`;
      }
      const lazy = text.length > 1 && text.endsWith("?");
      emit((lazy ? text.slice(0, -1) : text) + (lazy === flags.U ? "" : "?"));
      return undefined;
    },
    finish() {
      const source = cases.size > 1 ? undefined : js?.join("");
      return { closed: outer.length === 0, js: compiled(source, cases.has(true)) };
    },
  };
}

function compiled(source: string | undefined, ignoreCase: boolean): RegExp | undefined {
  try {
    return source === undefined ? undefined : new RegExp(source, ignoreCase ? "iu" : "u");
  } catch {
    return undefined;
  }
}
